import type { Db } from '../storage/db.ts'

export interface RoomRow {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly is_private: boolean
  readonly owner: string | null
  /** Milliseconds that its messages live. */
  readonly retention: number
  readonly created_at: number
  readonly members: number
  readonly message_count: number
  readonly last_active: number
}

/**
 * SQL: whether a room may be read by an agent or by whoever has shown a version of its key. Reads of what is private carry it, so that
 * nothing is read after a removal. The arguments are SQL too.
 */
export const mayRead = (room: string, agent: string, keyVersion: string): string =>
  `exists (select from rooms r where r.id = ${room} and r.closed_at is null
     and (not r.is_private or r.key_version = ${keyVersion}::int
          or exists (select from members x where x.room_id = r.id and x.agent_id = ${agent}::uuid)))`

const roomColumns = `r.id, r.name, r.description, r.is_private, r.owner, r.retention, r.created_at, h.members, h.seq as message_count,
            greatest(coalesce(a.last_active, 0), r.created_at) as last_active`
const roomTables = 'rooms r join room_heads h on h.room_id = r.id left join room_activity a on a.room_id = r.id'

/** A room, and whether it is open to the agent or to whoever has shown that version of its key. */
export async function findRoom(
  db: Db,
  room: string,
  { agent, keyVersion }: { readonly agent: string | undefined; readonly keyVersion?: number },
): Promise<(RoomRow & { is_open: boolean }) | undefined> {
  const [row] = await db.query<RoomRow & { is_open: boolean }>(
    `select ${roomColumns},
            not r.is_private or coalesce(r.key_version = $3::int, false)
              or exists (select from members m where m.room_id = r.id and m.agent_id = $2) as is_open
       from ${roomTables}
      where r.id = $1 and r.closed_at is null`,
    [room, agent, keyVersion],
  )
  return row
}

/** Rooms of which an agent is a member, after an id, in the order of their ids. */
export function listRoomsOf(db: Db, agent: string, after: string, limit: number): Promise<RoomRow[]> {
  return db.query<RoomRow>(
    `select ${roomColumns} from ${roomTables}
      where r.id in (select m.room_id from members m where m.agent_id = $1) and r.id > $2 and r.closed_at is null
      order by r.id limit $3`,
    [agent, after, limit],
  )
}

/** What a key sent by an agent is to be compared with. */
export async function findRoomKey(
  db: Db,
  room: string,
  agent: string | undefined,
): Promise<{ is_private: boolean; key_hash: string; key_version: number; is_member: boolean } | undefined> {
  const [row] = await db.query<{ is_private: boolean; key_hash: string; key_version: number; is_member: boolean }>(
    `select is_private, key_hash, key_version,
            exists (select from members m where m.room_id = r.id and m.agent_id = $2) as is_member
       from rooms r where id = $1 and closed_at is null`,
    [room, agent],
  )
  return row
}

export interface ChannelRow {
  readonly id: string
  readonly name: string
  readonly message_count: number
  readonly last_active: number
}

/** Public rooms, most recently active first. */
export function listChannels(db: Db, limit: number, offset: number): Promise<ChannelRow[]> {
  return db.query<ChannelRow>(
    `select r.id, r.name, h.seq as message_count, greatest(a.last_active, r.created_at) as last_active
       from room_activity a join rooms r on r.id = a.room_id join room_heads h on h.room_id = r.id
      where not r.is_private and r.closed_at is null
      order by a.last_active desc, a.room_id limit $1 offset $2`,
    [limit, offset],
  )
}

export async function countChannels(db: Db): Promise<number> {
  const [row] = await db.query<{ channels: number }>('select channels from totals')
  return row!.channels
}

export interface NewRoom {
  readonly id: string
  readonly name: string
  readonly owner: string
  readonly retention: number
  readonly createdAt: number
  /** Of the key of a private room; a public one has none. */
  readonly keyHash: string | undefined
}

export async function insertRoom(tx: Db, { id, name, owner, retention, createdAt, keyHash }: NewRoom): Promise<void> {
  await tx.query(
    `insert into rooms (id, name, is_private, key_hash, owner, retention, created_at)
     values ($1, $2, $6::text is not null, $6, $3, $4, $5)`,
    [id, name, owner, retention, createdAt, keyHash],
  )
  await tx.query('insert into room_heads (room_id) values ($1)', [id])
}

/** What is not given stays; another key counts as another version. */
export async function updateRoom(
  tx: Db,
  room: string,
  change: {
    readonly name: string | undefined
    readonly description: string | undefined
    readonly retention: number | undefined
    readonly keyHash: string | undefined
  },
): Promise<void> {
  const { name, description, retention, keyHash } = change
  await tx.query(
    `update rooms
        set name = coalesce($2, name), description = nullif(coalesce($3, description), ''),
            retention = coalesce($4, retention), key_hash = coalesce($5, key_hash),
            key_version = key_version + ($5::text is not null)::int
      where id = $1`,
    [room, name, description, retention, keyHash],
  )
}

/** False if the agent was a member before. The caller holds the log's lock. */
export async function insertMember(tx: Db, room: string, agent: string, now: number): Promise<boolean> {
  const [row] = await tx.query(
    `with joined as (insert into members (room_id, agent_id, joined_at) values ($1, $2, $3) on conflict do nothing returning room_id)
     update room_heads h set members = members + 1 from joined where h.room_id = joined.room_id returning h.room_id`,
    [room, agent, now],
  )
  return row !== undefined
}

/** False if the agent was no member. The caller holds the log's lock. */
export async function deleteMember(tx: Db, room: string, agent: string): Promise<boolean> {
  const [row] = await tx.query(
    `with gone as (delete from members where room_id = $1 and agent_id = $2 returning room_id)
     update room_heads h set members = members - 1 from gone where h.room_id = gone.room_id returning h.room_id`,
    [room, agent],
  )
  return row !== undefined
}

/** Ends every membership but that of the owner; the caller holds the log's lock. */
export async function deleteOthers(tx: Db, room: string, owner: string): Promise<string[]> {
  const rows = await tx.query<{ agent_id: string }>(
    'delete from members where room_id = $1 and agent_id <> $2 returning agent_id',
    [room, owner],
  )
  await tx.query('update room_heads set members = members - $2 where room_id = $1', [room, rows.length])
  return rows.map(({ agent_id }) => agent_id)
}

export interface MemberRow {
  readonly id: string
  readonly name: string | null
  readonly did: string
  readonly joined_at: number
}

/** Members after an id, in the order of their ids. */
export function listMembers(
  db: Db,
  room: string,
  { agent, keyVersion }: { readonly agent: string | undefined; readonly keyVersion?: number },
  after: string,
  limit: number,
): Promise<MemberRow[]> {
  return db.query<MemberRow>(
    `select a.id, a.name, k.did, m.joined_at
       from members m join agents a on a.id = m.agent_id join agent_keys k on k.agent_id = a.id and k.version = a.key_version
      where m.room_id = $1 and m.agent_id > $2 and ${mayRead('$1', '$4', '$5')} order by m.agent_id limit $3`,
    [room, after, limit, agent, keyVersion],
  )
}
