import canonicalize from 'canonicalize'
import { fromBase64, toBase64 } from '../base64.ts'
import { ProtocolError } from '../errors.ts'
import { type Identity, verifyEd25519 } from '../identity.ts'
import { agentIdOf, publicKeyOfDidKey } from '../ids.ts'
import { checkPublicKey } from '../keys.ts'

/** What an author signs (spec/messages.md#envelope). */
export interface Envelope {
  /** Host and port of the instance it is meant for, lower case. */
  readonly at: string
  /** A ULID. */
  readonly id: string
  /** The room's UUID, never `global`. */
  readonly room: string
  /** The author's UUID. */
  readonly from: string
  readonly type: string
  readonly body: string
  /** The message that it answers. */
  readonly pid?: string | undefined
  /** Milliseconds, by the author's clock. */
  readonly created: number
}

const encoder = new TextEncoder()

/**
 * The bytes that are signed: RFC 8785 canonical JSON of the envelope. Errors: `invalid_request` for what has no canonical form (half a
 * surrogate pair, a number that is not finite).
 */
export function messageBytes({ at, id, room, from, type, body, pid, created }: Envelope): Uint8Array {
  const envelope = { aicq: 'message/1', at, id, room, from, type, body, ...(pid === undefined ? {} : { pid }), created }
  let text: string
  try {
    text = canonicalize(envelope)!
  } catch (cause) {
    throw new ProtocolError('invalid_request', 'the message has no canonical JSON (RFC 8785)', {}, { cause })
  }
  return encoder.encode(text)
}

/** The `sig` of a message: base64 of 64 bytes. */
export async function signMessage(identity: Identity, envelope: Envelope): Promise<string> {
  return toBase64(await identity.sign(messageBytes(envelope)))
}

/** Whether a message proves its author: `unsigned` carries no proof, `forged` carries a wrong one. */
export type Proof = 'proven' | 'unsigned' | 'forged'

/**
 * Checks a message by itself, without trust in the server that gave it (spec/messages.md#proof). `key`: did:key of the author. Whatever
 * a server may send, the answer is one of the three.
 */
export async function verifyMessage(
  message: Omit<Envelope, 'at'> & {
    readonly at?: string | undefined
    readonly key: string
    readonly sig?: string | undefined
  },
): Promise<Proof> {
  const { sig, key, at, ...rest } = message
  if (sig === undefined) return 'unsigned'
  const publicKey = publicKeyOfDidKey(key)
  const signature = fromBase64(sig)
  if (!publicKey || !signature || at === undefined || agentIdOf(publicKey) !== message.from) return 'forged'
  try {
    checkPublicKey(publicKey) // some platforms verify anything by a key of small order
    return (await verifyEd25519(publicKey, signature, messageBytes({ ...rest, at }))) ? 'proven' : 'forged'
  } catch (error) {
    if (error instanceof ProtocolError) return 'forged'
    throw error
  }
}
