import { type Head, type HeadColumns, head, headColumns, headOf } from '../events/head.sql.ts'
import type { Db } from '../storage/db.ts'

/** How an agent stands to a room. */
export interface RoomStanding {
  readonly room: string
  readonly isPrivate: boolean
  readonly isMember: boolean
  /** Of the room's key. */
  readonly keyVersion: number
}

interface Row extends HeadColumns {
  readonly agent_name: string | null
  readonly agent_key: number | null
  readonly room: string | null
  readonly is_private: boolean
  readonly is_member: boolean
  readonly key_version: number
}

/** How things stand at one position of the log. */
export interface Standings {
  readonly head: Head
  /** The agent's name, and the version of its key; not there once it is erased. */
  readonly name: string | null
  readonly keyVersion: number | null
  readonly rooms: readonly RoomStanding[]
}

/** How things stand for a reader: the rooms that are given, and if asked for all rooms of which it is a member. */
export async function readStandings(
  db: Db,
  agent: string | undefined,
  rooms: readonly string[],
  memberships: boolean,
): Promise<Standings> {
  const rows = await db.query<Row>(
    `select ${headColumns}, a.name as agent_name, a.key_version as agent_key, s.*
       from ${head}
       left join agents a on a.id = $1 and a.erased_at is null
       left join lateral (
         select r.id as room, r.is_private, r.key_version,
                exists (select from members m where m.room_id = r.id and m.agent_id = $1) as is_member
           from rooms r
          where r.closed_at is null and r.id in (
            select unnest($2::uuid[]) union select m.room_id from members m where m.agent_id = $1 and $3)) s on true`,
    [agent, rooms, memberships],
  )
  const standings = rows.flatMap(({ room, is_private, is_member, key_version }) =>
    room === null ? [] : [{ room, isPrivate: is_private, isMember: is_member, keyVersion: key_version }],
  )
  const { agent_name: name, agent_key: keyVersion } = rows[0]!
  return { head: headOf(rows[0]!), name, keyVersion, rooms: standings }
}

/** What events about rooms tell: of those that are not closed. */
export function roomsOf(
  db: Db,
  rooms: readonly string[],
): Promise<{ id: string; name: string; is_private: boolean; key_version: number }[]> {
  return db.query(
    'select id, name, is_private, key_version from rooms where id = any($1::uuid[]) and closed_at is null',
    [rooms],
  )
}
