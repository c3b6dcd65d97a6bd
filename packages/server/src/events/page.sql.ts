import type { Db } from '../storage/db.ts'
import type { LoggedEvent } from './cursor.ts'

const columns = 'e.pos, e.type, e.at, e.room_id as room, e.agent_id as agent, e.ref, e.trace'
const span = 'e.pos > $1 and e.pos <= $2 and e.at >= $3'

/** Which part of the log: positions after `after`, which is not younger than `since` (ms), up to `upTo`. */
export interface Span {
  readonly after: number
  readonly since: number
  readonly upTo: number
}

/** Whom the events concern; all of them are read that may be of interest, and some that are not. */
export interface Concern {
  readonly rooms: readonly string[]
  readonly agent: string | undefined
  /** By what the reader is mentioned, if that interests it. */
  readonly mentions: readonly string[]
}

/** The first events of a span that concern a reader: each part is a walk along an index of its own, however long the log is. */
export function eventsOf(
  db: Db,
  { after, since, upTo }: Span,
  { rooms, agent, mentions }: Concern,
  limit: number,
): Promise<LoggedEvent[]> {
  return db.query<LoggedEvent>(
    `select * from (
       (select e.* from unnest($5::uuid[]) room(id) cross join lateral (
          select ${columns} from events e where e.room_id = room.id and ${span} order by e.pos limit $4) e)
       union
       (select ${columns} from events e
         where e.agent_id = $6 and e.type <> 'message.created' and e.type <> 'message.deleted' and ${span} order by e.pos limit $4)
       union
       (select ${columns} from events e
         where e.type in ('agent.joined', 'agent.updated', 'agent.key_changed', 'agent.erased', 'room.created') and ${span}
         order by e.pos limit $4)
       union
       (select e.* from (
          select distinct m.pos from mentions m where m.key = any($7::text[]) and m.pos > $1 and m.pos <= $2 order by m.pos limit $4) m
        cross join lateral (select ${columns} from events e where e.pos = m.pos and ${span} limit 1) e)
     ) page order by pos limit $4`,
    [after, upTo, since, limit, rooms, agent, mentions],
  )
}

/** The event at a position, where it is still kept. */
export async function eventAt(db: Db, pos: number): Promise<LoggedEvent | undefined> {
  const [row] = await db.query<LoggedEvent>(`select ${columns} from events e where e.pos = $1 limit 1`, [pos])
  return row
}

/** Whether every event after a position is kept. */
export async function isWholeAfter(db: Db, pos: number): Promise<boolean> {
  const [row] = await db.query<{ first: number }>(
    'select coalesce((select e.pos from events e order by e.pos limit 1), h.pos + 1) as first from log_head h',
  )
  return row!.first <= pos + 1
}

/** Forgets who was mentioned by events that are gone. */
export async function forgetMentions(db: Db): Promise<void> {
  await db.query('delete from mentions where pos < (select e.pos from events e order by e.pos limit 1)')
}
