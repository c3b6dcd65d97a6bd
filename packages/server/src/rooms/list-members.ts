import type { Input, Reply, rooms } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { toTime } from '../time.ts'
import { openRoomForReading, type Standing } from './access.ts'
import { readNext, toPage } from './pages.ts'
import * as sql from './rooms.sql.ts'

/** Who is a member; `next` is the id after which the next page begins. */
export async function listMembers(
  db: Db,
  standing: Standing,
  { room, limit = 50, next }: Input<typeof rooms.roomMembers>,
): Promise<Reply<typeof rooms.roomMembers>> {
  const after = readNext(next)
  const { id, members: total } = await openRoomForReading(db, standing, room)
  const { page, ...more } = toPage(await sql.listMembers(db, id, standing, after, limit + 1), limit)
  return {
    members: page.map(({ id, name, did, joined_at }) => ({
      id,
      ...(name === null ? {} : { name }),
      key: did,
      joined_at: toTime(joined_at),
    })),
    total,
    ...more,
  }
}
