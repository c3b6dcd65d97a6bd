import { ed25519 } from '@noble/curves/ed25519.js'
import { fromBase64 } from './base64.ts'
import { ProtocolError } from './errors.ts'

const invalid = (detail: string) => new ProtocolError('invalid_public_key', detail)

/** The bytes of a public key in base64, checked (spec/identity.md#keys). Errors: `invalid_public_key`. */
export function readPublicKey(text: string): Uint8Array {
  const bytes = fromBase64(text)
  if (!bytes) throw invalid('public_key is not standard base64 with padding')
  checkPublicKey(bytes)
  return bytes
}

/**
 * Refuses what is no usable Ed25519 public key: other lengths, encodings that are not canonical, points off the curve, and points of
 * small order, for which anybody can make signatures. Errors: `invalid_public_key`.
 */
export function checkPublicKey(bytes: Uint8Array): void {
  if (bytes.length !== 32) throw invalid(`a public key has 32 bytes, and this one has ${bytes.length}`)
  let point: InstanceType<typeof ed25519.Point>
  try {
    point = ed25519.Point.fromBytes(bytes, false)
  } catch {
    throw invalid('the public key is not the canonical encoding of a point of Ed25519')
  }
  if (point.isSmallOrder()) throw invalid('the public key is a point of small order')
}
