import type { Db } from '../storage/db.ts'
import type { LoggedEvent } from './cursor.ts'

/** Events after a position, oldest first. */
export function eventsAfter(db: Db, pos: number, limit: number): Promise<LoggedEvent[]> {
  return db.query<LoggedEvent>(
    `select pos, type, at, room_id as room, agent_id as agent, ref, trace from events where pos > $1 order by pos limit $2`,
    [pos, limit],
  )
}

/** Where the log ends. */
export async function logPosition(db: Db): Promise<{ pos: number; at: number }> {
  const [head] = await db.query<{ pos: number; at: number }>('select pos, at from log_head')
  return head!
}

/** Locks a follower's cursor for this transaction; nothing while another server holds it. */
export async function lockFollower(tx: Db, name: string): Promise<number | undefined> {
  const [row] = await tx.query<{ pos: number }>('select pos from followers where name = $1 for update skip locked', [
    name,
  ])
  return row?.pos
}

export async function moveFollower(tx: Db, name: string, pos: number): Promise<void> {
  await tx.query('update followers set pos = $2 where name = $1', [name, pos])
}

/** Where the log ends, by the name `log`, and how far each follower has come. */
export function allPositions(db: Db): Promise<{ name: string; pos: number }[]> {
  return db.query(`select 'log' as name, pos from log_head union all select name, pos from followers`)
}
