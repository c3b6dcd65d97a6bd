import { fromBase64, toBase64 } from '../base64.ts'
import { sizes } from '../sizes.ts'
import { EncryptionError } from './errors.ts'

/**
 * Whether a text can be the body of an encrypted direct message: what a server looks at, who cannot read it
 * (spec/encryption.md#bodies).
 */
export function isCiphertextBody(body: string): boolean {
  return body.length <= sizes.dmCharacters && (fromBase64(body)?.length ?? 0) >= sizes.dmLeastBytes
}

/** Whether a body says that it is `aicq-dm-v2`: what its first nine bytes, `aicq-dm-2`, are in base64. */
export const isDmV2 = (body: string): boolean => body.startsWith('YWljcS1kbS0y')

/** The bytes of a body. Errors: `too_long`, `not_base64`, `too_short`. */
export function readBody(body: string): Uint8Array {
  if (body.length > sizes.dmCharacters) throw new EncryptionError('too_long')
  const bytes = fromBase64(body)
  if (!bytes) throw new EncryptionError('not_base64')
  if (bytes.length < sizes.dmLeastBytes) throw new EncryptionError('too_short')
  return bytes
}

/** The text of bytes. Errors: `too_long`. */
export function writeBody(bytes: Uint8Array): string {
  const body = toBase64(bytes)
  if (body.length > sizes.dmCharacters)
    throw new EncryptionError('too_long', `the body would have ${body.length} characters; 8,192 are allowed`)
  return body
}

/** The bytes that a plaintext is. Errors: `not_utf8` for half a surrogate pair, which UTF-8 would silently replace. */
export function plainBytes(text: string | Uint8Array): Uint8Array {
  if (typeof text !== 'string') return text
  if (!text.isWellFormed()) throw new EncryptionError('not_utf8')
  return new TextEncoder().encode(text)
}

/** The text that decrypted bytes are, unchanged. Errors: `not_utf8`. */
export function plainText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new EncryptionError('not_utf8', undefined, { cause })
  }
}
