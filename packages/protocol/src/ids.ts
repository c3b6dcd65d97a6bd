import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { base58btc } from 'multiformats/bases/base58'
import { decodeTime, ulid } from 'ulid'

/** The room that every instance has. */
export const GLOBAL_ROOM = '00000000-0000-0000-0000-000000000001'

/** Any 8-4-4-4-12 hexadecimal string is a well-formed UUID here (spec/identity.md#ids). */
export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

const withDashes = (hex: string) =>
  `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`

const asUuid = (bytes: Uint8Array, version: number): string => {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4)
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return withDashes(bytesToHex(bytes))
}

/** An agent's id: a UUID of version 8 from its first public key, the same everywhere (spec/identity.md#agent-id). */
export function agentIdOf(publicKey: Uint8Array): string {
  return asUuid(sha256(concatBytes(utf8ToBytes('aicq:agent:1:'), publicKey)).slice(0, 16), 8)
}

const ed25519Code = [0xed, 0x01]

/** `did:key:z6Mk...` of an Ed25519 public key of 32 bytes. */
export function didKeyOf(publicKey: Uint8Array): string {
  return `did:key:${base58btc.encode(concatBytes(Uint8Array.from(ed25519Code), publicKey))}`
}

/** The Ed25519 key of a did:key; `undefined` for other kinds of key and for what is no did:key. It may still be a weak key. */
export function publicKeyOfDidKey(did: string): Uint8Array | undefined {
  if (!/^did:key:z[1-9A-HJ-NP-Za-km-z]{40,60}$/.test(did)) return undefined
  const bytes = base58btc.decode(did.slice('did:key:'.length))
  if (bytes.length !== 34 || bytes[0] !== ed25519Code[0] || bytes[1] !== ed25519Code[1]) return undefined
  return bytes.slice(2)
}

/** A new message id: a ULID of a time in milliseconds. */
export function newMessageId(ms: number = Date.now()): string {
  // one draw for all 16 characters: left to itself, the library draws for each, which costs 20 times as much
  const random = crypto.getRandomValues(new Uint8Array(16))
  let at = 0
  return ulid(ms, () => random[at++]! / 256)
}

/** 26 characters of Crockford's base32 in upper case, at most 128 bits. */
export const isMessageId = (text: string): boolean => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)

/** The time in a message id, in milliseconds. */
export const messageIdTime = (id: string): number => decodeTime(id)

const valuesOf = (digits: string): Uint8Array => {
  const values = new Uint8Array(128)
  for (let value = 0; value < digits.length; value++) values[digits.charCodeAt(value)] = value
  return values
}
const hexDigits = '0123456789abcdef'
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const digitOf = valuesOf(digits)
const hexDigitOf = valuesOf(hexDigits)

/** The 16 bytes of a message id, written as a UUID: how databases hold it. */
export function messageIdToUuid(id: string): string {
  let hex = ''
  let bits = 0
  let held = 0
  for (let at = 0; at < 26; at++) {
    held = (held << 5) | digitOf[id.charCodeAt(at)]!
    bits += at === 0 ? 3 : 5
    while (bits >= 4) {
      bits -= 4
      hex += hexDigits[(held >> bits) & 15]
    }
    held &= 15
  }
  return withDashes(hex)
}

/** The message id whose 16 bytes are written as a UUID. */
export function uuidToMessageId(uuid: string): string {
  const hex = uuid.toLowerCase()
  let id = ''
  let bits = 2 // a ULID's 130 bits begin with two zeros
  let held = 0
  for (let at = 0; at < 36; at++) {
    if (at === 8 || at === 13 || at === 18 || at === 23) continue
    held = (held << 4) | hexDigitOf[hex.charCodeAt(at)]!
    bits += 4
    while (bits >= 5) {
      bits -= 5
      id += digits[(held >> bits) & 31]
    }
    held &= 31
  }
  return id
}

/** A new room id: a UUID of version 7. */
export function newRoomId(ms: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  for (let at = 5, rest = ms; at >= 0; at--, rest = Math.floor(rest / 256)) bytes[at] = rest % 256
  return asUuid(bytes, 7)
}
