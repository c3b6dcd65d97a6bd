import {
  Alternative,
  type Input,
  type Message,
  mentionsIn,
  messageBytes,
  messageIdToUuid,
  type messages,
  ProtocolError,
  sizes,
  utf8Length,
} from '@aicq/protocol'
import type { Agents } from '../agents/access.ts'
import type { Draft, Placed } from '../events/group-commit.ts'
import { keyRevoked, nonceUsed } from '../events/log.ts'
import { openRoomForReading, type RoomKeys, roomNotFound, type Standing, type Visitor } from '../rooms/access.ts'
import type { Db } from '../storage/db.ts'
import { type Authored, authorOf, type Claims, type Writing } from './authorship.ts'
import { toMessage } from './message.ts'
import { findId, findStoredMessage } from './messages.sql.ts'

/** Counts a post against its author; what is there already is not refused. It gives what takes the counting back. */
export type Admit = (agent: string, bytes: number, excused: () => Promise<boolean>) => Promise<() => Promise<unknown>>

export interface Posting {
  readonly db: Db
  readonly agents: Agents
  readonly keys: RoomKeys
  readonly append: (draft: Draft) => Promise<Placed>
  readonly isOwnName: (authority: string) => boolean
  readonly now: () => number
  /** Counts a new message. */
  readonly posted: (isPrivate: boolean) => void
}

/**
 * Says something in a room; the same id from the same author is the same message, and gets its first answer again. What must hold
 * is checked by the append, where the message lands (storage/migrations/0019-traces.sql).
 */
export async function postMessage(
  posting: Posting,
  caller: Visitor & Writing,
  admit: Admit,
  post: Input<typeof messages.messagePost>,
): Promise<Message | Alternative<Message>> {
  if (utf8Length(post.body) > sizes.messageBytes)
    throw new ProtocolError(
      'body_too_long',
      `body has ${utf8Length(post.body)} bytes, and ${sizes.messageBytes} are allowed`,
    )
  const { room, type = 'text', body, pid } = post
  const bytesOf = (claims: Claims) => messageBytes({ ...claims, room, type, body, pid })
  const authored = await authorOf(posting.agents, posting.isOwnName, caller, post, bytesOf, posting.now())
  const isThere = async () => (await findId(posting.db, messageIdToUuid(authored.id))) !== undefined
  if (authored.fresh && !(await isThere())) throw authored.fresh
  const giveBack = await admit(authored.author.id, utf8Length(post.body), isThere)
  const standing = await posting.keys.standing({ ...caller, agent: authored.author }, post.room)
  const draft = toDraft(post, authored, standing)
  const placed = await posting.append(draft)
  if (placed.outcome === 'new') {
    posting.posted(placed.isPrivate)
    return toReply(post, authored, placed)
  }
  // whoever repeats what an author said does not use up the author's limit
  await giveBack()
  if (placed.outcome === 'again') return new Alternative(await firstAnswer(posting, draft))
  if (placed.outcome === 'room') await openRoomForReading(posting.db, standing, post.room) // says why it is closed
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

function toDraft(
  { room, type = 'text', pid, body }: Input<typeof messages.messagePost>,
  authored: Authored,
  standing: Standing,
): Draft {
  const { author, id, authority, created, sig } = authored
  const mentions = mentionsIn(body)
  return {
    author: author.id,
    version: author.keyVersion,
    id: messageIdToUuid(id),
    room,
    room_key: standing.keyVersion ?? null,
    type,
    pid: pid === undefined ? null : messageIdToUuid(pid),
    body,
    mentions: mentions.length > 0 ? mentions : null,
    authority: authority ?? null,
    created,
    sig: sig ?? null,
    nonce: author.nonce ?? null,
    trace: author.origin?.trace ?? null,
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

/** The author may read its own message again, even where the room is closed to it now. */
async function firstAnswer({ db, now }: Posting, { id }: Draft): Promise<Message> {
  const row = await findStoredMessage(db, id, now())
  if (!row) throw refusals.deleted()
  return toMessage(row)
}
