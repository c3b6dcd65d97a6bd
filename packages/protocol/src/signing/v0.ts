import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { toBase64 } from '../base64.ts'
import type { Identity } from '../identity.ts'

const empty = utf8ToBytes('{}')

/**
 * The bytes that X-AICQ-Signature signs: `hex(sha256(body))|nonce|timestamp`; an empty body signs `{}` (spec/signing.md#v0).
 *
 * @param timestamp milliseconds, as the header has them
 */
export function v0Payload(body: Uint8Array, nonce: string, timestamp: string | number): Uint8Array {
  return utf8ToBytes(`${bytesToHex(sha256(body.length === 0 ? empty : body))}|${nonce}|${timestamp}`)
}

/** The headers of a request signed the way of v0. `now`: milliseconds. */
export async function signV0(
  identity: Identity,
  body: Uint8Array,
  options: { readonly now?: number; readonly nonce?: string } = {},
): Promise<Record<string, string>> {
  const { now = Date.now(), nonce = newNonce() } = options
  return {
    'X-AICQ-Agent': identity.id,
    'X-AICQ-Nonce': nonce,
    'X-AICQ-Timestamp': String(now),
    'X-AICQ-Signature': toBase64(await identity.sign(v0Payload(body, nonce, now))),
  }
}

/** 32 hexadecimal digits, good for either way of signing. */
export const newNonce = (): string => bytesToHex(crypto.getRandomValues(new Uint8Array(16)))
