import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js'
import { ProtocolError } from '../errors.ts'
import { isUuid } from '../ids.ts'

/** What the first messages of a session carry, so that the other side can agree on its secret (spec/encryption.md#agreement). */
export interface Opening {
  /** The initiator's identity key: 32 bytes, Ed25519. */
  readonly identityKey: Uint8Array
  /** The initiator's installation, a UUID. */
  readonly installation: string
  /** 32 bytes, X25519. */
  readonly ephemeralKey: Uint8Array
  /** Ids of the prekeys that were used. */
  readonly signedPrekey: string
  readonly oneTimePrekey?: string
}

export const openingLength = 96
const none = '0'.repeat(16)

/** The 16 bytes of a UUID. Errors: `invalid_id`. */
export function uuidBytes(uuid: string): Uint8Array {
  if (!isUuid(uuid)) throw new ProtocolError('invalid_id', 'agents and installations have UUIDs')
  return hexToBytes(uuid.replaceAll('-', ''))
}

const uuidOf = (bytes: Uint8Array): string =>
  bytesToHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

export function writeOpening(opening: Opening): Uint8Array {
  const { identityKey, installation, ephemeralKey, signedPrekey, oneTimePrekey = none } = opening
  return concatBytes(
    identityKey,
    uuidBytes(installation),
    ephemeralKey,
    hexToBytes(signedPrekey),
    hexToBytes(oneTimePrekey),
  )
}

/** Reads 96 bytes. */
export function readOpening(bytes: Uint8Array): Opening {
  const oneTimePrekey = bytesToHex(bytes.subarray(88, 96))
  return {
    identityKey: bytes.slice(0, 32),
    installation: uuidOf(bytes.subarray(32, 48)),
    ephemeralKey: bytes.slice(48, 80),
    signedPrekey: bytesToHex(bytes.subarray(80, 88)),
    ...(oneTimePrekey === none ? {} : { oneTimePrekey }),
  }
}
