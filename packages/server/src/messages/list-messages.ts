import { type Input, messageIdToUuid, type messages, ProtocolError, type Reply } from '@aicq/protocol'
import { type Cursors, tagOf } from '../events/cursor.ts'
import { openRoomForReading, type Standing } from '../rooms/access.ts'
import type { Db } from '../storage/db.ts'
import { toMessage } from './message.ts'
import { findRoot, type MessageRow, type Range, readPage, seqAt } from './messages.sql.ts'

/**
 * A page of a room. A page newest first never ends inside a millisecond, since v0 continues with `before` that millisecond: it grows
 * instead, by what one append placed there at most.
 */
export async function listMessages(
  db: Db,
  cursors: Cursors,
  now: number,
  standing: Standing,
  input: Input<typeof messages.messageList>,
): Promise<Reply<typeof messages.messageList>> {
  const { limit = 50, order = 'desc', thread } = input
  const room = await openRoomForReading(db, standing, input.room)
  const root = thread === undefined ? undefined : await openThread(db, room.id, thread, now)
  const range: Range = {
    room: room.id,
    ...(await bounds(db, room.id, input, order)),
    order,
    limit: limit + 1,
    now,
    retention: room.retention,
    standing,
  }
  const { head, rows } = await readPage(db, range, root)
  const page = rows.slice(0, limit)
  const rest = order === 'desc' && rows.length > limit ? await sameMillisecond(db, range, root, page, rows[limit]!) : []
  const shown = [...page, ...rest]
  const more =
    rows.length > limit + rest.length || (rest.length > 0 && (await isMoreBefore(db, range, root, rest.at(-1)!)))
  return {
    room: { id: room.id, name: room.name },
    messages: shown.map(toMessage),
    has_more: more,
    ...(more ? { next: String(shown.at(-1)!.seq) } : {}),
    cursor: cursors.seal({ pos: head.pos, tag: tagOf(head.event) }),
  }
}

async function openThread(db: Db, room: string, thread: string, now: number): Promise<string> {
  const root = await findRoot(db, room, messageIdToUuid(thread), now)
  if (!root) throw new ProtocolError('message_not_found', `there is no message ${thread} in this room (any more)`)
  return root
}

/** All bounds are exclusive; `next` is the number at which the page before ended. */
async function bounds(
  db: Db,
  room: string,
  { before_seq, after_seq = 0, before, next }: Input<typeof messages.messageList>,
  order: 'asc' | 'desc',
): Promise<{ after: number; before: number }> {
  const last = Number.MAX_SAFE_INTEGER
  const continued = next === undefined ? undefined : Number(next)
  if (continued !== undefined && !(/^\d{1,15}$/.test(next!) && continued > 0))
    throw new ProtocolError('invalid_request', 'query.next is not from an earlier page')
  const byTime = before === undefined ? last : await seqAt(db, room, before)
  return {
    after: Math.max(after_seq, order === 'asc' ? (continued ?? 0) : 0),
    before: Math.min(before_seq ?? last, byTime, order === 'desc' ? (continued ?? last) : last),
  }
}

/** What follows the page within its last millisecond. */
async function sameMillisecond(
  db: Db,
  range: Range,
  root: string | undefined,
  page: readonly MessageRow[],
  next: MessageRow,
): Promise<MessageRow[]> {
  const last = page.at(-1)!
  if (next.ts !== last.ts) return []
  const after = Math.max(range.after, (await seqAt(db, range.room, last.ts)) - 1)
  return (await readPage(db, { ...range, after, before: last.seq, limit: Number.MAX_SAFE_INTEGER }, root)).rows
}

async function isMoreBefore(db: Db, range: Range, root: string | undefined, { seq }: MessageRow): Promise<boolean> {
  return (await readPage(db, { ...range, before: seq, limit: 1 }, root)).rows.length > 0
}
