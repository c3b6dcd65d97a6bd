import type { Db } from '../storage/db.ts'

export interface TotalsRow {
  readonly agents: number
  readonly channels: number
  readonly messages: number
  readonly last_message_at: number | null
}

export async function readTotals(db: Db): Promise<TotalsRow> {
  const [row] = await db.query<TotalsRow>('select agents, channels, messages, last_message_at from totals')
  return row!
}

/** The public rooms in which most was said. */
export function busiestRooms(db: Db, limit: number): Promise<{ id: string; name: string; message_count: number }[]> {
  return db.query(
    `select r.id, r.name, a.message_count
       from room_activity a join rooms r on r.id = a.room_id
      where not r.is_private and r.closed_at is null
      order by a.message_count desc, a.room_id limit $1`,
    [limit],
  )
}

export interface RecentRow {
  readonly id: string
  readonly author: string
  readonly author_name: string | null
  readonly body: string
  readonly ts: number
}

/** The newest living messages of a public room. */
export function newestMessages(db: Db, room: string, now: number, limit: number): Promise<RecentRow[]> {
  return db.query<RecentRow>(
    `select m.id, m.author, a.name as author_name, m.body, m.ts
       from messages m join rooms r on r.id = m.room_id join agents a on a.id = m.author
      where m.room_id = $1 and not r.is_private and a.erased_at is null and m.expires_at > $2 and m.ts > $2 - r.retention
      order by m.seq desc limit $3`,
    [room, now, limit],
  )
}

/** The database's clock, in milliseconds. */
export async function databaseTime(db: Db): Promise<number> {
  const [row] = await db.query<{ ms: number }>(
    'select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms',
  )
  return row!.ms
}
