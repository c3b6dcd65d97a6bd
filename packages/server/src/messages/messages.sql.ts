import { type Head, type HeadColumns, head, headColumns, headOf } from '../events/head.sql.ts'
import { mayRead, type Standing } from '../rooms/access.ts'
import type { Db } from '../storage/db.ts'

export interface MessageRow {
  readonly id: string
  readonly room_id: string
  readonly seq: number
  readonly author: string
  readonly did: string
  readonly type: string
  readonly pid: string | null
  readonly body: string
  readonly authority: string | null
  readonly created: number
  readonly ts: number
  readonly sig: Buffer | null
}

const columns = 'm.id, m.room_id, m.seq, m.author, k.did, m.type, m.pid, m.body, m.authority, m.created, m.ts, m.sig'
const author = 'join agent_keys k on k.agent_id = m.author and k.version = m.key_version'

/** A message of a room that is alive: not expired, deleted, or hidden by a shorter retention (milliseconds). */
export async function findMessage(
  db: Db,
  room: string,
  id: string,
  now: number,
  retention: number,
  { agent, keyVersion }: Standing,
): Promise<MessageRow | undefined> {
  const [row] = await db.query<MessageRow>(
    `select ${columns}
       from message_ids i
       join messages m on m.expires_at = i.expires_at and m.room_id = i.room_id and m.seq = i.seq ${author}
      where i.id = $2 and i.room_id = $1 and not i.deleted and m.expires_at > $3 and m.ts > $3 - $4::bigint
        and ${mayRead('$1', '$5', '$6')}`,
    [room, id, now, retention, agent, keyVersion],
  )
  return row
}

/** A message as it is stored, for its author alone. */
export async function findStoredMessage(db: Db, id: string, now: number): Promise<MessageRow | undefined> {
  const [row] = await db.query<MessageRow>(
    `select ${columns}
       from message_ids i
       join messages m on m.expires_at = i.expires_at and m.room_id = i.room_id and m.seq = i.seq ${author}
      where i.id = $1 and not i.deleted and m.expires_at > $2`,
    [id, now],
  )
  return row
}

export interface Page {
  /** Where the log ended when the page was read. */
  readonly head: Head
  readonly rows: MessageRow[]
}

/** Which messages of a room: those with `after < seq < before`, of one thread if `root` is given. */
export interface Range {
  readonly room: string
  readonly after: number
  readonly before: number
  readonly order: 'asc' | 'desc'
  readonly limit: number
  readonly now: number
  /** Milliseconds. */
  readonly retention: number
  readonly standing: Standing
}

const allowed = mayRead('$1', '$7', '$8')

const pageText = (order: 'asc' | 'desc', thread: string) =>
  `select ${headColumns}, p.* from ${head} left join lateral (
     select ${columns} from messages m ${author}
      where m.room_id = $1 and m.seq > $2 and m.seq < $3 and m.expires_at > $5 and m.ts > $5 - $6::bigint ${thread}
        and ${allowed}
      order by m.seq ${order} limit $4) p on true order by p.seq ${order}`

const threadText = (order: 'asc' | 'desc') =>
  `select ${headColumns}, p.* from ${head} left join lateral (
     (select ${columns} from messages m ${author}
       where m.root = $9 and m.room_id = $1 and m.seq > $2 and m.seq < $3 and m.expires_at > $5 and m.ts > $5 - $6::bigint
         and ${allowed}
       order by m.seq ${order} limit $4)
     union all
     (select ${columns} from message_ids i
        join messages m on m.expires_at = i.expires_at and m.room_id = i.room_id and m.seq = i.seq ${author}
       where i.id = $9 and m.room_id = $1 and m.seq > $2 and m.seq < $3 and not i.deleted and m.expires_at > $5 and m.ts > $5 - $6::bigint
         and ${allowed})
     order by seq ${order} limit $4) p on true order by p.seq ${order}`

const texts = {
  room: { asc: pageText('asc', ''), desc: pageText('desc', '') },
  thread: { asc: threadText('asc'), desc: threadText('desc') },
}

/** A page of a room, or of the thread below `root`, with the position of the log that belongs to it. */
export async function readPage(db: Db, range: Range, root: string | undefined): Promise<Page> {
  const { room, after, before, order, limit, now, retention, standing } = range
  const values = [room, after, before, limit, now, retention, standing.agent, standing.keyVersion]
  const rows = await db.query<MessageRow & HeadColumns>(
    texts[root ? 'thread' : 'room'][order],
    root ? [...values, root] : values,
  )
  return { head: headOf(rows[0]!), rows: rows.filter(({ id }) => id !== null) }
}

/** The smallest number whose message, and all after it, are not before `time` (ms): so `before` may be read as `before_seq`. */
export async function seqAt(db: Db, room: string, time: number): Promise<number> {
  const [row] = await db.query<{ seq: number }>(
    'select m.seq from messages m where m.room_id = $1 and m.ts < $2 order by m.ts desc, m.seq desc limit 1',
    [room, time],
  )
  return (row?.seq ?? 0) + 1
}

/** The first message of the thread to which a living message belongs. */
export async function findRoot(db: Db, room: string, id: string, now: number): Promise<string | undefined> {
  const [row] = await db.query<{ root: string }>(
    `select coalesce(root, id) as root from message_ids
      where id = $2 and room_id = $1 and not deleted and expires_at > $3
        and exists (select from agents where id = author and erased_at is null)`,
    [room, id, now],
  )
  return row?.root
}

export interface IdRow {
  readonly author: string
  /** Not there for a direct message, which has a recipient instead. */
  readonly room_id: string | null
  readonly recipient: string | null
  readonly seq: number
  readonly expires_at: number
  readonly deleted: boolean
}

/** What is known of an id, whether its message still lives or not; that of an erased agent is as good as deleted. */
export async function findId(db: Db, id: string): Promise<IdRow | undefined> {
  const [row] = await db.query<IdRow>(
    `select author, room_id, recipient, seq, expires_at,
            deleted or exists (select from agents where id in (i.author, i.recipient) and erased_at is not null) as deleted
       from message_ids i where id = $1`,
    [id],
  )
  return row
}

/** Whom a message mentions, is told of the event at a position too: the head of the log, where the caller has just appended it. */
export async function mentionAgain(tx: Db, id: string): Promise<void> {
  await tx.query(
    `insert into mentions (key, pos, ref)
     select distinct m.key, h.pos, m.ref from mentions m cross join log_head h where m.ref = $1`,
    [id],
  )
}

/** Takes the message away, with what became of it, and keeps its id as a tombstone. */
export async function deleteMessage(tx: Db, id: string, expiresAt: number): Promise<void> {
  await tx.query('update message_ids set deleted = true where id = $1', [id])
  await tx.query('delete from receipts where expires_at = $2 and message_id = $1', [id, expiresAt])
  await tx.query('delete from messages where expires_at = $2 and id = $1', [id, expiresAt])
}
