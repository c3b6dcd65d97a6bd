import {
  Alternative,
  type Input,
  type Message,
  messageIdToUuid,
  type messages,
  ProtocolError,
  sizes,
  utf8Length,
} from '@aicq/protocol'
import type { Agents } from '../agents/access.ts'
import type { Draft, Placed } from '../events/group-commit.ts'
import { keyRevoked, nonceUsed, type Writer } from '../events/log.ts'
import { roomNotFound } from '../rooms/access.ts'
import type { Db } from '../storage/db.ts'
import { type Authored, authorOf } from './authorship.ts'
import { toMessage } from './message.ts'
import { findId, findMessage } from './messages.sql.ts'

export interface Posting {
  readonly db: Db
  readonly agents: Agents
  readonly append: (draft: Draft) => Promise<Placed>
  readonly isOwnName: (authority: string) => boolean
  readonly now: () => number
  /** Counts a new message. */
  readonly posted: (isPrivate: boolean) => void
}

/**
 * Says something in a room; the same id from the same author is the same message, and gets its first answer again. What must hold
 * is checked by the append, where the message lands (storage/migrations/0005-append-posts.sql).
 */
export async function postMessage(
  posting: Posting,
  caller: (Writer & { readonly did: string }) | undefined,
  post: Input<typeof messages.messagePost>,
): Promise<Message | Alternative<Message>> {
  if (utf8Length(post.body) > sizes.messageBytes)
    throw new ProtocolError(
      'body_too_long',
      `body has ${utf8Length(post.body)} bytes, and ${sizes.messageBytes} are allowed`,
    )
  const authored = await authorOf(posting.agents, posting.isOwnName, caller, post, posting.now())
  if (authored.fresh && !(await findId(posting.db, messageIdToUuid(authored.id)))) throw authored.fresh
  const draft = toDraft(post, authored)
  const placed = await posting.append(draft)
  if (placed.outcome === 'new') {
    posting.posted(placed.isPrivate)
    return toReply(post, authored, placed)
  }
  if (placed.outcome === 'again') return new Alternative(await firstAnswer(posting, draft))
  if (placed.outcome === 'agent') posting.agents.forget(draft.author)
  throw refusals[placed.outcome]()
}

const refusals = {
  taken: () => new ProtocolError('id_conflict', 'this id belongs to another message'),
  deleted: () =>
    new ProtocolError('message_deleted', 'the message with this id is gone, and the id cannot be used again'),
  nonce: nonceUsed,
  agent: keyRevoked,
  room: roomNotFound,
  parent: () => new ProtocolError('parent_not_found', 'the message that pid names is not in this room (any more)'),
} satisfies Record<Exclude<Placed['outcome'], 'new' | 'again'>, () => ProtocolError>

function toDraft({ room, type = 'text', pid, body }: Input<typeof messages.messagePost>, authored: Authored): Draft {
  const { author, id, authority, created, sig } = authored
  return {
    author: author.id,
    version: author.keyVersion,
    id: messageIdToUuid(id),
    room,
    type,
    pid: pid === undefined ? null : messageIdToUuid(pid),
    body,
    authority: authority ?? null,
    created,
    sig: sig ?? null,
    nonce: author.nonce ?? null,
  }
}

function toReply(
  post: Input<typeof messages.messagePost>,
  { author, id, authority, created, sig }: Authored,
  placed: Placed,
): Message {
  const { room, type = 'text', pid, body } = post
  const { seq, ts } = placed
  return {
    id,
    seq,
    room,
    from: author.id,
    key: author.did,
    type,
    body,
    ...(pid === undefined ? {} : { pid }),
    ...(authority === undefined ? {} : { at: authority }),
    created,
    ts,
    ...(sig === undefined ? {} : { sig }),
  }
}

async function firstAnswer({ db, now }: Posting, { room, id }: Draft): Promise<Message> {
  const row = await findMessage(db, room, id, now(), Number.MAX_SAFE_INTEGER)
  if (!row) throw refusals.deleted()
  return toMessage(row)
}
