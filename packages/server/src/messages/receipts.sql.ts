import type { Db } from '../storage/db.ts'

/** What one agent says, or the server of it, became of a message. Times in milliseconds, by the server's clock. */
export interface ReceiptRow {
  readonly agent_id: string
  readonly delivered_at: number
  readonly seen_at: number | null
  readonly outcome: 'done' | 'failed' | null
  readonly ended_at: number | null
  readonly note: string | null
}

const columns = 'r.agent_id, r.delivered_at, r.seen_at, r.outcome, r.ended_at, r.note'

/** A message, and one receipt of it or nothing. */
export type ReceiptOf = { readonly id: string } & { [Name in keyof ReceiptRow]: ReceiptRow[Name] | null }

/** The receipts of messages that are alive, in rooms of at most `most` members; a message that has none is there once, without. */
export function readReceipts(db: Db, ids: readonly string[], most: number, now: number): Promise<ReceiptOf[]> {
  return db.query<ReceiptOf>(
    `select i.id, r.* from unnest($1::uuid[]) wanted(id)
       join message_ids i on i.id = wanted.id
       join room_heads h on h.room_id = i.room_id
       left join lateral (
         select ${columns} from receipts r join agents a on a.id = r.agent_id
          where r.expires_at = i.expires_at and r.message_id = i.id and a.erased_at is null
          order by r.delivered_at, r.agent_id limit 10000) r on true
      where not i.deleted and i.expires_at > $3 and h.members <= $2`,
    [ids, most, now],
  )
}

/** One agent's receipt. */
export async function findReceipt(
  tx: Db,
  id: string,
  expiresAt: number,
  agent: string,
): Promise<ReceiptRow | undefined> {
  const [row] = await tx.query<ReceiptRow>(
    `select ${columns} from receipts r where r.expires_at = $2 and r.message_id = $1 and r.agent_id = $3`,
    [id, expiresAt, agent],
  )
  return row
}

/** Keeps a receipt, in place of the agent's earlier one. */
export async function putReceipt(tx: Db, id: string, expiresAt: number, row: ReceiptRow): Promise<void> {
  await tx.query(
    `insert into receipts (expires_at, message_id, agent_id, delivered_at, seen_at, outcome, ended_at, note)
     values ($2, $1, $3, $4, $5, $6, $7, $8)
     on conflict (message_id, agent_id, expires_at) do update
        set seen_at = excluded.seen_at, outcome = excluded.outcome, ended_at = excluded.ended_at, note = excluded.note`,
    [id, expiresAt, row.agent_id, row.delivered_at, row.seen_at, row.outcome, row.ended_at, row.note],
  )
}

/** Whether an agent is a member of a room, and how many there are. */
export async function membership(
  tx: Db,
  room: string,
  agent: string,
): Promise<{ is_member: boolean; members: number }> {
  const [row] = await tx.query<{ is_member: boolean; members: number }>(
    `select members, exists (select from members m where m.room_id = h.room_id and m.agent_id = $2) as is_member
       from room_heads h where h.room_id = $1`,
    [room, agent],
  )
  return row!
}

/**
 * Notes which messages reached which agents: members of rooms of at most `most` members, and not the author. Skips messages and agents
 * that are being deleted just now; the locks keep a deletion from overtaking this.
 */
export async function noteDelivered(
  db: Db,
  pairs: readonly { readonly message: string; readonly agent: string }[],
  most: number,
  now: number,
): Promise<void> {
  await db.query(
    `with reached as materialized (
       select i.expires_at, i.id, a.id as agent_id
         from unnest($1::uuid[], $2::uuid[]) pair(message, agent)
         join message_ids i on i.id = pair.message
         join agents a on a.id = pair.agent
        where not i.deleted and i.expires_at > $4 and i.author <> a.id and a.erased_at is null
          and exists (select from room_heads h where h.room_id = i.room_id and h.members <= $3)
          and exists (select from members m where m.room_id = i.room_id and m.agent_id = a.id)
          and not exists (
            select from receipts r where r.expires_at = i.expires_at and r.message_id = i.id and r.agent_id = a.id)
          for share of i, a skip locked)
     insert into receipts (expires_at, message_id, agent_id, delivered_at)
     select expires_at, id, agent_id, $4 from reached
     on conflict do nothing`,
    [pairs.map(({ message }) => message), pairs.map(({ agent }) => agent), most, now],
  )
}
