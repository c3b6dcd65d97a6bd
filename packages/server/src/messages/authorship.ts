import { fromBase64, messageIdTime, newMessageId, ProtocolError, windows } from '@aicq/protocol'
import type { Agents } from '../agents/access.ts'
import type { Writer } from '../events/log.ts'
import type { Origin } from '../origin.ts'

/** What the body of a post, or of a direct message, says about its author. */
interface Post {
  readonly id?: string
  readonly from?: string
  readonly at?: string
  readonly created?: number
  readonly sig?: string
}

/** The members that every signed envelope has. */
export type Claims = Required<Omit<Post, 'sig'>>

/** A post whose author is certain. */
export interface Authored {
  readonly author: Writer & { readonly did: string }
  readonly id: string
  readonly created: number
  readonly authority: string | undefined
  /** Base64. */
  readonly sig: string | undefined
  /** Whether the id, and the time of a signed message, are of now; if not, only a message that is there already is answered. */
  readonly fresh: ProtocolError | undefined
}

/** Who asks for something to be said, if anybody says so, and from where. */
export interface Writing {
  readonly agent?: (Writer & { readonly did: string }) | undefined
  readonly origin?: Origin | undefined
}

/**
 * Settles who wrote a post: the agent that signed the request, or the one whose signature the message carries (spec/messages.md).
 * `bytesOf` makes the envelope that had to be signed.
 * Errors: `invalid_request`, `authority_wrong`, `agent_unknown`, `signature_invalid`, `key_revoked`.
 */
export async function authorOf(
  agents: Agents,
  isOwnName: (authority: string) => boolean,
  { agent: caller, origin }: Writing,
  post: Post,
  bytesOf: (claims: Claims) => Uint8Array,
  now: number,
): Promise<Authored> {
  if (post.sig !== undefined) return signed(agents, isOwnName, { agent: caller, origin }, post, bytesOf, now)
  if (post.from !== undefined || post.at !== undefined || post.created !== undefined)
    throw new ProtocolError('invalid_request', 'body: from, at and created are parts of a signed message and need sig')
  const id = post.id ?? newMessageId(now)
  return { author: caller!, id, created: now, authority: undefined, sig: undefined, fresh: idOfNow(id, now) }
}

async function signed(
  agents: Agents,
  isOwnName: (authority: string) => boolean,
  { agent: caller, origin }: Writing,
  post: Post,
  bytesOf: (claims: Claims) => Uint8Array,
  now: number,
): Promise<Authored> {
  const { id, from, at, created, sig } = post
  if (id === undefined || from === undefined || at === undefined || created === undefined || sig === undefined)
    throw new ProtocolError('invalid_request', 'body: id, from, at, created and sig go together')
  if (!isOwnName(at))
    throw new ProtocolError('authority_wrong', `the message is meant for ${at}, which is not a name of this server`)
  if (caller && caller.id !== from)
    throw new ProtocolError('signature_invalid', 'body.from is not the agent that signed the request')
  const signature = fromBase64(sig)
  const bytes = bytesOf({ at, id, from, created })
  const author = signature?.length === 64 ? await agents.whoSigned(from, bytes, signature) : undefined
  if (!author)
    throw new ProtocolError('signature_invalid', 'sig does not verify over the canonical envelope of this message')
  const proven = { id: author.id, did: author.did, keyVersion: author.keyVersion, nonce: caller?.nonce, origin }
  return { author: proven, id, created, authority: at, sig, fresh: idOfNow(id, now) ?? timeOfNow(created, now) }
}

function idOfNow(id: string, now: number): ProtocolError | undefined {
  if (Math.abs(messageIdTime(id) - now) <= windows.message) return undefined
  return new ProtocolError('invalid_id', "the time in body.id is more than 5 minutes from the server's", {
    server_time: now,
  })
}

function timeOfNow(created: number, now: number): ProtocolError | undefined {
  if (Math.abs(created - now) <= windows.message) return undefined
  return new ProtocolError('clock_skew', "body.created is more than 5 minutes from the server's time", {
    server_time: now,
  })
}
