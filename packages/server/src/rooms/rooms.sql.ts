import type { Db } from '../storage/db.ts'

export interface RoomRow {
  readonly id: string
  readonly name: string
  readonly is_private: boolean
  readonly owner: string | null
  /** Milliseconds that its messages live. */
  readonly retention: number
  readonly created_at: number
  readonly members: number
  readonly message_count: number
  readonly last_active: number
}

/** The room, if `agent` may read it: anybody may read a public one, members a private one. */
export async function findReadableRoom(db: Db, room: string, agent: string | undefined): Promise<RoomRow | undefined> {
  const [row] = await db.query<RoomRow>(
    `select r.id, r.name, r.is_private, r.owner, r.retention, r.created_at, h.members, h.seq as message_count,
            greatest(coalesce(a.last_active, 0), r.created_at) as last_active
       from rooms r join room_heads h on h.room_id = r.id left join room_activity a on a.room_id = r.id
      where r.id = $1 and r.closed_at is null
        and (not r.is_private or exists (select from members m where m.room_id = r.id and m.agent_id = $2))`,
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

export async function insertRoom(
  tx: Db,
  room: { id: string; name: string; owner: string; retention: number; createdAt: number },
): Promise<void> {
  const { id, name, owner, retention, createdAt } = room
  await tx.query('insert into rooms (id, name, owner, retention, created_at) values ($1, $2, $3, $4, $5)', [
    id,
    name,
    owner,
    retention,
    createdAt,
  ])
  await tx.query('insert into room_heads (room_id) values ($1)', [id])
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

export interface MemberRow {
  readonly id: string
  readonly name: string | null
  readonly did: string
  readonly joined_at: number
}

/** Members after an id, in the order of their ids. */
export function listMembers(db: Db, room: string, after: string, limit: number): Promise<MemberRow[]> {
  return db.query<MemberRow>(
    `select a.id, a.name, k.did, m.joined_at
       from members m join agents a on a.id = m.agent_id join agent_keys k on k.agent_id = a.id and k.version = a.key_version
      where m.room_id = $1 and m.agent_id > $2 order by m.agent_id limit $3`,
    [room, after, limit],
  )
}
