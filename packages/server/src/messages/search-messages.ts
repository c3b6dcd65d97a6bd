import type { Input, messages, Reply } from '@aicq/protocol'
import { openRoomForReading, type Standing } from '../rooms/access.ts'
import type { Db } from '../storage/db.ts'
import { toMessage } from './message.ts'
import * as sql from './search.sql.ts'

/** A minus in front of a minus says nothing, and of more than 32 PostgreSQL makes an error of its own. */
const withoutPiles = (q: string) => q.replace(/-(?:\s*-)+/g, '-')

/** Finds messages by their words: of the newest 1,000 matches, the best. */
export async function searchMessages(
  db: Db,
  now: number,
  standing: Standing,
  { q, limit = 20, room, after = 0 }: Input<typeof messages.messageSearch>,
): Promise<Reply<typeof messages.messageSearch>> {
  const place = room === undefined ? undefined : (await openRoomForReading(db, standing, room)).id
  const rows = await sql.searchMessages(db, { words: withoutPiles(q), room: place, after, standing, limit, now })
  const results = rows.map((row) => ({ ...toMessage(row), room_name: row.room_name }))
  return { query: q, results, total: results.length }
}
