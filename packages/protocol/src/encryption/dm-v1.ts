import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import type { Identity } from '../identity.ts'
import { seal, unseal } from './aead.ts'
import { isDmV2, plainBytes, plainText, readBody, writeBody } from './body.ts'
import { EncryptionError } from './errors.ts'
import { randomSecret, sharedSecret, x25519KeyPair, x25519PublicKeyOf } from './x25519.ts'

const info = utf8ToBytes('aicq-dm-v1')
const keyOf = (shared: Uint8Array, ephemeral: Uint8Array, recipient: Uint8Array): Uint8Array =>
  hkdf(sha256, shared, concatBytes(ephemeral, recipient), info, 32)

/**
 * Encrypts a direct message for whoever has a key, `aicq-dm-v1` (spec/encryption.md#aicq-dm-v1). It does not say who wrote it.
 *
 * The key must be the recipient's own: `agentIdOf(key)` is the recipient's id, or the recipient's signed history of keys leads to it. A
 * server that can choose the key can read the message.
 *
 * @param recipient 32 bytes, Ed25519
 *
 * Errors: `invalid_public_key`; `not_utf8`, `too_long` (6,084 bytes can be sent).
 */
export function encryptDm(recipient: Uint8Array, text: string | Uint8Array): string {
  const nonce = crypto.getRandomValues(new Uint8Array(12))
  return encryptDmWith(randomSecret(), nonce, recipient, text)
}

/** The same, with what else is random: never use either again. */
export function encryptDmWith(
  ephemeralSecret: Uint8Array,
  nonce: Uint8Array,
  recipient: Uint8Array,
  text: string | Uint8Array,
): string {
  const theirs = x25519PublicKeyOf(recipient)
  const { secretKey, publicKey } = x25519KeyPair(ephemeralSecret)
  const key = keyOf(sharedSecret(secretKey, theirs), publicKey, theirs)
  return writeBody(concatBytes(publicKey, nonce, seal(key, nonce, plainBytes(text))))
}

/**
 * The text of a direct message that was encrypted for this identity. Errors: `too_long`, `not_base64`, `too_short`, `wrong_version`,
 * `low_order_point`, `wrong_key_or_tampered`, `not_utf8`.
 */
export async function decryptDm(identity: Pick<Identity, 'publicKey' | 'agree'>, body: string): Promise<string> {
  return plainText(await decryptDmBytes(identity, body))
}

/** As `decryptDm`, for a plaintext that is any bytes. */
export async function decryptDmBytes(
  identity: Pick<Identity, 'publicKey' | 'agree'>,
  body: string,
): Promise<Uint8Array> {
  const bytes = readBody(body)
  if (isDmV2(body)) throw new EncryptionError('wrong_version', 'the body is aicq-dm-v2')
  const ephemeral = bytes.subarray(0, 32)
  const key = keyOf(await identity.agree(ephemeral), ephemeral, x25519PublicKeyOf(identity.publicKey))
  return unseal(key, bytes.subarray(32, 44), bytes.subarray(44))
}
