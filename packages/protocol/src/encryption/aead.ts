import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { EncryptionError } from './errors.ts'

/** ChaCha20-Poly1305 (RFC 8439): the ciphertext and its tag of 16 bytes. */
export function seal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, associated?: Uint8Array): Uint8Array {
  return chacha20poly1305(key, nonce, associated).encrypt(plain)
}

/** What was sealed. Errors: `wrong_key_or_tampered`. */
export function unseal(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, associated?: Uint8Array): Uint8Array {
  try {
    return chacha20poly1305(key, nonce, associated).decrypt(sealed)
  } catch (cause) {
    throw new EncryptionError('wrong_key_or_tampered', undefined, { cause })
  }
}
