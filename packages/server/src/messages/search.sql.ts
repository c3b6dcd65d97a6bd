import { mayRead, type Standing } from '../rooms/access.ts'
import type { Db } from '../storage/db.ts'
import type { MessageRow } from './messages.sql.ts'

export interface Search {
  readonly words: string
  /** One room only. */
  readonly room: string | undefined
  /** Newer than this (ms). */
  readonly after: number
  readonly standing: Standing
  readonly limit: number
  readonly now: number
}

/** How many of the newest matches are ranked. */
const ranked = 1_000

const text = (place: string) => `
  with hit as materialized (
    select m.id, m.room_id, m.seq, m.author, m.key_version, m.type, m.pid, m.body, m.authority, m.created, m.ts, m.sig, r.name as room_name
      from messages m join rooms r on r.id = m.room_id
     where to_tsvector('simple', m.body) @@ websearch_to_tsquery('simple', $1)
       and m.ts > $2 and m.expires_at > $4 and m.ts > $4 - r.retention and r.closed_at is null
       and exists (select from agents a where a.id = m.author and a.erased_at is null) ${place}
     order by m.ts desc limit ${ranked})
  select m.*, k.did from hit m join agent_keys k on k.agent_id = m.author and k.version = m.key_version
   order by ts_rank(to_tsvector('simple', m.body), websearch_to_tsquery('simple', $1)) desc, m.ts desc, m.seq desc limit $5`

const everywhere = text(
  'and (not r.is_private or exists (select from members x where x.room_id = r.id and x.agent_id = $3))',
)
const inRoom = text(`and m.room_id = $6 and ${mayRead('$6', '$3', '$7')}`)

/** Messages that the caller may read and that match, best first. */
export function searchMessages(db: Db, search: Search): Promise<(MessageRow & { room_name: string })[]> {
  const { words, room, after, standing, limit, now } = search
  const values = [words, after, standing.agent, now, limit]
  return db.query(room ? inRoom : everywhere, room ? [...values, room, standing.keyVersion] : values)
}
