import { toBase64 } from '../base64.ts'
import type { Identity } from '../identity.ts'
import { canonicalBytes } from './canonical.ts'
import { isKeyOf, isSignedBy, type KnownKeys, type Proof } from './proof.ts'

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

/**
 * The bytes that are signed: RFC 8785 canonical JSON of the envelope. Errors: `invalid_request` for what has no canonical form (half a
 * surrogate pair, a number that is not finite).
 */
export function messageBytes({ at, id, room, from, type, body, pid, created }: Envelope): Uint8Array {
  const envelope = { aicq: 'message/1', at, id, room, from, type, body, ...(pid === undefined ? {} : { pid }), created }
  return canonicalBytes('message', envelope)
}

/** The `sig` of a message: base64 of 64 bytes. */
export async function signMessage(identity: Identity, envelope: Envelope): Promise<string> {
  return toBase64(await identity.sign(messageBytes(envelope)))
}

/**
 * Checks a message by itself, without trust in the server that gave it (spec/messages.md#proof). `key`: did:key of the author. Whatever
 * a server may send, the answer is one of the three. `known`: the author's verified key history, which a key needs that is not its first.
 */
export async function verifyMessage(
  message: Omit<Envelope, 'at'> & {
    readonly at?: string | undefined
    readonly key: string
    readonly sig?: string | undefined
  },
  known?: KnownKeys,
): Promise<Proof> {
  const { sig, key, at, ...rest } = message
  if (sig === undefined) return 'unsigned'
  if (at === undefined || !isKeyOf(key, message.from, known)) return 'forged'
  return (await isSignedBy(key, sig, () => messageBytes({ ...rest, at }))) ? 'proven' : 'forged'
}
