import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { isCiphertextBody, isDmV2, readBody } from './body.ts'
import { EncryptionError } from './errors.ts'
import { type Opening, openingLength, readOpening } from './opening.ts'
import { headerLength } from './ratchet.ts'

/** Nine bytes, whose base64 does not depend on what follows. */
const magic = utf8ToBytes('aicq-dm-2')
const kinds = { later: 0, opening: 1 } as const
const startLength = magic.length + 1 + 16
const tagLength = 16

/** A body of `aicq-dm-v2` as it was received (spec/encryption.md#aicq-dm-v2). */
export interface DmV2 {
  /** 32 hexadecimal digits. */
  readonly session: string
  /** In the messages before the first answer. */
  readonly opening?: Opening
  /** What comes before the ratchet's message, and is bound to it. */
  readonly start: Uint8Array
  /** The ratchet's header, and what it seals. */
  readonly message: Uint8Array
}

/** What comes before the ratchet's message. `opening`: 96 bytes. */
export function writeStart(session: string, opening: Uint8Array | undefined): Uint8Array {
  const kind = opening ? kinds.opening : kinds.later
  return concatBytes(magic, Uint8Array.of(kind), hexToBytes(session), opening ?? new Uint8Array())
}

/** Reads a body without knowing any key. Errors: `too_long`, `not_base64`, `too_short`, `wrong_version`. */
export function readDmV2(body: string): DmV2 {
  const bytes = readBody(body)
  if (!isDmV2(body)) throw new EncryptionError('wrong_version', 'the body is not aicq-dm-v2')
  const kind = bytes[magic.length]
  if (kind !== kinds.later && kind !== kinds.opening)
    throw new EncryptionError('wrong_version', `aicq-dm-v2 has no messages of kind ${kind}`)
  const length = startLength + (kind === kinds.opening ? openingLength : 0)
  if (bytes.length < length + headerLength + tagLength) throw new EncryptionError('too_short')
  return {
    session: bytesToHex(bytes.subarray(magic.length + 1, startLength)),
    ...(kind === kinds.opening ? { opening: readOpening(bytes.subarray(startLength, length)) } : {}),
    start: bytes.subarray(0, length),
    message: bytes.subarray(length),
  }
}

/** How a body is encrypted; `undefined` if it cannot be a ciphertext. */
export function dmVersionOf(body: string): 'aicq-dm-v1' | 'aicq-dm-v2' | undefined {
  if (!isCiphertextBody(body)) return undefined
  return isDmV2(body) ? 'aicq-dm-v2' : 'aicq-dm-v1'
}
