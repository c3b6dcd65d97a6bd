import type { Input, Reply, rooms } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { toRoom } from './get-room.ts'
import { readNext, toPage } from './pages.ts'
import { listRoomsOf } from './rooms.sql.ts'

/** Rooms of which the agent is a member; `next` is the id after which the next page begins. */
export async function listOwnRooms(
  db: Db,
  agent: string,
  { limit = 50, next }: Input<typeof rooms.roomMine>,
): Promise<Reply<typeof rooms.roomMine>> {
  const { page, ...more } = toPage(await listRoomsOf(db, agent, readNext(next), limit + 1), limit)
  return { rooms: page.map(toRoom), ...more }
}
