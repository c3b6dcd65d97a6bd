import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { checkPublicKey } from '../keys.ts'
import { EncryptionError } from './errors.ts'

/** A key pair of X25519, 32 bytes each. */
export interface X25519KeyPair {
  readonly secretKey: Uint8Array
  readonly publicKey: Uint8Array
}

/** Where new secret keys come from: 32 random bytes a call. Tests and vectors give their own. */
export type NewSecret = () => Uint8Array

export const randomSecret: NewSecret = () => crypto.getRandomValues(new Uint8Array(32))

export const x25519KeyPair = (secretKey: Uint8Array): X25519KeyPair => ({
  secretKey,
  publicKey: x25519.getPublicKey(secretKey),
})

/** The X25519 form of an Ed25519 public key (spec/encryption.md#keys). Errors: `invalid_public_key`. */
export function x25519PublicKeyOf(ed25519PublicKey: Uint8Array): Uint8Array {
  checkPublicKey(ed25519PublicKey)
  return ed25519.utils.toMontgomery(ed25519PublicKey)
}

/** X25519 (RFC 7748) with a key of this program's own making. Errors: `low_order_point`. */
export function sharedSecret(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  checkLength(publicKey)
  try {
    return x25519.getSharedSecret(secretKey, publicKey)
  } catch (cause) {
    throw new EncryptionError('low_order_point', undefined, { cause })
  }
}

/** PKCS #8 around a secret key of X25519 (RFC 8410). */
const pkcs8 = Uint8Array.from([0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20])

/**
 * X25519 with the key that an Ed25519 seed is. It is the platform's own and runs in constant time: an identity's key lasts, and anybody
 * may choose what it is multiplied with.
 */
export async function agreementOf(seed: Uint8Array): Promise<(publicKey: Uint8Array) => Promise<Uint8Array>> {
  const der = new Uint8Array(48)
  der.set(pkcs8)
  der.set(ed25519.utils.toMontgomerySecret(seed), 16)
  const secretKey = await crypto.subtle.importKey('pkcs8', der, 'X25519', false, ['deriveBits'])
  return async (publicKey) => {
    checkLength(publicKey)
    const key = await crypto.subtle.importKey('raw', publicKey as BufferSource, 'X25519', false, [])
    const bits = await crypto.subtle.deriveBits({ name: 'X25519', public: key }, secretKey, 256).catch((cause) => {
      throw new EncryptionError('low_order_point', undefined, { cause })
    })
    const secret = new Uint8Array(bits)
    if (secret.every((byte) => byte === 0)) throw new EncryptionError('low_order_point')
    return secret
  }
}

/**
 * Refuses a second spelling of a key, which would be another key to whoever compares bytes. Errors: `key_not_canonical`. (Points of small
 * order show when something is agreed with them.)
 */
export function checkCanonical(publicKey: Uint8Array): void {
  if (!isCanonical(publicKey)) throw new EncryptionError('key_not_canonical')
}

function isCanonical(publicKey: Uint8Array): boolean {
  const last = publicKey[31]!
  const small =
    last < 0x7f || (last === 0x7f && (publicKey[0]! < 0xed || publicKey.subarray(1, 31).some((byte) => byte !== 0xff)))
  return publicKey.length === 32 && small
}

/** The canonical encodings of points of small order, on the curve and its twist, in hexadecimal. */
const smallOrder = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/** Whether bytes are a usable public key of X25519: 32, of one spelling, no point of small order. Nothing is agreed on with it. */
export function isX25519Key(bytes: Uint8Array): boolean {
  return isCanonical(bytes) && !smallOrder.has(bytesToHex(bytes))
}

function checkLength(publicKey: Uint8Array): void {
  if (publicKey.length !== 32)
    throw new RangeError(`a key of X25519 has 32 bytes, and this one has ${publicKey.length}`)
}
