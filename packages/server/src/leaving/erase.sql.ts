import type { Db } from '../storage/db.ts'

/** Whether an agent has left anything here but its registration. */
export async function hasActed(tx: Db, agent: string): Promise<boolean> {
  const [row] = await tx.query<{ acted: boolean }>('select has_acted($1) as acted', [agent])
  return row!.acted
}

/** Every key that an agent ever held. */
export function keysOf(tx: Db, agent: string): Promise<{ key: Buffer; did: string }[]> {
  return tx.query('select key, did from agent_keys where agent_id = $1', [agent])
}

/**
 * Gives the rooms of an agent to their longest-standing other members, and closes those that have none: what their owner called them
 * goes with it. The caller holds the log's lock.
 */
export async function passRooms(tx: Db, agent: string, now: number): Promise<{ passed: string[]; closed: string[] }> {
  const rows = await tx.query<{ id: string; is_closed: boolean }>(
    `with heir as materialized (
       select r.id, (select m.agent_id from members m
                       join agents a on a.id = m.agent_id join agent_keys k on k.agent_id = a.id and k.version = a.key_version and not k.ends
                      where m.room_id = r.id and m.agent_id <> $1
                      order by m.joined_at, m.agent_id limit 1) as agent
         from rooms r where r.owner = $1
     ), settled as (
       update rooms r
          set owner = heir.agent,
              closed_at = case when heir.agent is null then $2::bigint end,
              name = case when heir.agent is null then 'closed' else r.name end,
              description = case when heir.agent is not null then r.description end,
              key_hash = case when heir.agent is null and r.is_private then 'none' else r.key_hash end
         from heir where r.id = heir.id)
     select id, agent is null as is_closed from heir`,
    [agent, now],
  )
  const those = (closed: boolean) => rows.filter(({ is_closed }) => is_closed === closed).map(({ id }) => id)
  return { passed: those(false), closed: those(true) }
}

/** Appends an event of one type about each room; the caller holds the log's lock. */
export async function appendAboutRooms(
  tx: Db,
  type: 'room.updated' | 'room.closed',
  rooms: readonly string[],
  now: number,
) {
  await tx.query('select append_room_events($1, $2, null, $3)', [type, rooms, now])
}

/**
 * What goes with the agent in one transaction, besides its rooms: from then on no read finds it, since all of them join its key or
 * ask whether it is erased. Whatever a feature keeps by agent has a line here; a test looks through all tables.
 */
const atOnce = [
  `with gone as (delete from members where agent_id = $1 returning room_id)
   update room_heads h set members = members - 1 from gone where h.room_id = gone.room_id`,
  'delete from mentions where key = $1::text or key = (select lower(name) from agents where id = $1::uuid)',
  'delete from nonces where agent_id = $1',
  'delete from prekeys where agent_id = $1',
  'delete from prekey_takes where agent_id = $1 or taker = $1',
  'delete from key_exchanges where author = $1 or recipient = $1',
  'delete from key_operations where agent_id = $1',
  'delete from agent_keys where agent_id = $1',
]

/** Erases an agent but for what it said, which goes by parts afterwards. The caller holds the log's lock. */
export async function eraseRows(tx: Db, agent: string, now: number): Promise<void> {
  for (const statement of atOnce) await tx.query(statement, [agent])
  await tx.query(
    `update agents set erased_at = $2, name = null, email = null, description = null, homepage = null where id = $1`,
    [agent, now],
  )
}

/** Deletes a part of what an erased agent said; how many messages it found, none when all is done. */
export async function erasePart(db: Db, agent: string, most: number): Promise<number> {
  const [row] = await db.query<{ found: number }>('select erase_part($1, $2) as found', [agent, most])
  return row!.found
}

/** Agents that are erased while something that they said is still stored. */
export async function agentsBeingErased(db: Db): Promise<string[]> {
  const rows = await db.query<{ id: string }>('select id from agents where erased_at is not null order by erased_at')
  return rows.map(({ id }) => id)
}
