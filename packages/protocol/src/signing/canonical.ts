import canonicalize from 'canonicalize'
import { ProtocolError } from '../errors.ts'

const encoder = new TextEncoder()

/**
 * The bytes that are signed for a thing: its RFC 8785 canonical JSON. Members that are `undefined` are left out. Errors:
 * `invalid_request` for what has no canonical form (half a surrogate pair, a number that is not finite). `what`: its name, for people.
 */
export function canonicalBytes(what: string, value: Readonly<Record<string, unknown>>): Uint8Array {
  let text: string
  try {
    text = canonicalize(value)!
  } catch (cause) {
    throw new ProtocolError('invalid_request', `the ${what} has no canonical JSON (RFC 8785)`, {}, { cause })
  }
  return encoder.encode(text)
}
