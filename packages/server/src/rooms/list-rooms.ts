import type { Reply, rooms } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { toTime } from '../time.ts'
import { countChannels, listChannels } from './rooms.sql.ts'

/** Public rooms, most recently active first. */
export async function listRooms(db: Db, limit: number, offset: number): Promise<Reply<typeof rooms.roomList>> {
  const [channels, total] = await Promise.all([listChannels(db, limit, offset), countChannels(db)])
  return { channels: channels.map((row) => ({ ...row, last_active: toTime(row.last_active) })), total }
}
