import type { Db } from '../storage/db.ts'
import type { MessageRow } from './messages.sql.ts'

/** A message as events tell it, and what decides who gets it. */
export interface EventMessageRow extends MessageRow {
  readonly author_name: string | null
  readonly is_private: boolean
  readonly expires_at: number
  /** How many members its room has. */
  readonly members: number
}

/**
 * The messages of these ids that are alive: not expired, deleted, erased with their author, or hidden by a shorter retention. Each is
 * looked up by itself, however little PostgreSQL knows of a partition that is new.
 */
export function messagesOf(db: Db, ids: readonly string[], now: number): Promise<EventMessageRow[]> {
  return db.query<EventMessageRow>(
    `select m.id, m.room_id, m.seq, m.author, o.did, m.type, m.pid, m.body, m.authority, m.created, m.ts, m.sig,
            o.author_name, o.is_private, least(m.expires_at, m.ts + o.retention) as expires_at, o.members
       from unnest($1::uuid[]) wanted(id)
       cross join lateral (select * from message_ids i where i.id = wanted.id and not i.deleted limit 1) i
       cross join lateral (
         select * from messages m
          where m.expires_at = i.expires_at and m.expires_at > $2 and m.room_id = i.room_id and m.seq = i.seq
          limit 1) m
       cross join lateral (
         select k.did, a.name as author_name, r.is_private, r.retention, h.members
           from agent_keys k, agents a, rooms r, room_heads h
          where k.agent_id = m.author and k.version = m.key_version and a.id = m.author
            and r.id = m.room_id and m.ts > $2 - r.retention and h.room_id = m.room_id
          limit 1) o`,
    [ids, now],
  )
}

/** Whom deleted messages mentioned. */
export function mentionsOf(db: Db, ids: readonly string[]): Promise<{ ref: string; key: string }[]> {
  return db.query('select distinct ref, key from mentions where ref = any($1::uuid[])', [ids])
}

/** Those of these messages whose thread an agent wrote in. */
export async function threadsOf(db: Db, agent: string, ids: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `select i.id from unnest($2::uuid[]) wanted(id) join message_ids i on i.id = wanted.id
      where i.author = $1
         or exists (select from message_ids r where r.id = i.root and r.author = $1)
         or exists (select from messages m where m.root = coalesce(i.root, i.id) and m.author = $1 limit 1)`,
    [agent, ids],
  )
  return rows.map(({ id }) => id)
}
