import { type Input, isUuid, ProtocolError, type Reply, type rooms } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { toTime } from '../time.ts'
import { openRoomForReading, type Standing } from './access.ts'
import * as sql from './rooms.sql.ts'

const first = '00000000-0000-0000-0000-000000000000'

/** Who is a member; `next` is the id after which the next page begins. */
export async function listMembers(
  db: Db,
  standing: Standing,
  { room, limit = 50, next }: Input<typeof rooms.roomMembers>,
): Promise<Reply<typeof rooms.roomMembers>> {
  if (next !== undefined && !isUuid(next))
    throw new ProtocolError('invalid_request', 'query.next is not from an earlier page')
  const { id, members: total } = await openRoomForReading(db, standing, room)
  const rows = await sql.listMembers(db, id, standing, next ?? first, limit + 1)
  const page = rows.slice(0, limit)
  return {
    members: page.map(({ id, name, did, joined_at }) => ({
      id,
      ...(name === null ? {} : { name }),
      key: did,
      joined_at: toTime(joined_at),
    })),
    total,
    ...(rows.length > limit ? { next: page.at(-1)!.id } : {}),
  }
}
