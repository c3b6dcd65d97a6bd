import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { fromBase64, toBase64 } from '../base64.ts'
import { seal, unseal } from './aead.ts'

/** A chain of message keys: each step gives one and forgets how it came to it. */
export interface Chain {
  /** Base64 of 32 bytes. */
  readonly key: string
  /** The number of the message whose key comes next. */
  readonly next: number
}

/** The next root key, and the key of the chain that begins with it (KDF_RK of the Double Ratchet). All in base64. */
export function turnRoot(root: string, shared: Uint8Array): { readonly root: string; readonly chain: Chain } {
  const bytes = hkdf(sha256, shared, fromBase64(root), utf8ToBytes('aicq-dm-v2:root'), 64)
  return { root: toBase64(bytes.subarray(0, 32)), chain: { key: toBase64(bytes.subarray(32)), next: 0 } }
}

/** The key of the next message, and the chain after it (KDF_CK). */
export function stepChain({ key, next }: Chain): { readonly messageKey: Uint8Array; readonly chain: Chain } {
  const bytes = fromBase64(key)!
  return {
    messageKey: hmac(sha256, bytes, Uint8Array.of(1)),
    chain: { key: toBase64(hmac(sha256, bytes, Uint8Array.of(2))), next: next + 1 },
  }
}

/** A message key is used once, so the nonce can come of it too. */
function keyAndNonce(messageKey: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const bytes = hkdf(sha256, messageKey, new Uint8Array(32), utf8ToBytes('aicq-dm-v2:message'), 44)
  return [bytes.subarray(0, 32), bytes.subarray(32)]
}

export const sealMessage = (messageKey: Uint8Array, plain: Uint8Array, associated: Uint8Array): Uint8Array =>
  seal(...keyAndNonce(messageKey), plain, associated)

/** Errors: `wrong_key_or_tampered`. */
export const unsealMessage = (messageKey: Uint8Array, sealed: Uint8Array, associated: Uint8Array): Uint8Array =>
  unseal(...keyAndNonce(messageKey), sealed, associated)
