import { GLOBAL_ROOM, type instance, type Reply, uuidToMessageId } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { busiestRooms, newestMessages, readTotals } from './instance.sql.ts'

/** Figures of the public life here. `now` in milliseconds. */
export async function getStats(db: Db, now: number): Promise<Reply<typeof instance.instanceStats>> {
  const [totals, rooms, recent] = await Promise.all([
    readTotals(db),
    busiestRooms(db, 5),
    newestMessages(db, GLOBAL_ROOM, now, 5),
  ])
  return {
    total_agents: totals.agents,
    total_channels: totals.channels,
    total_messages: totals.messages,
    last_activity: ago(totals.last_message_at, now),
    top_channels: rooms,
    recent_messages: recent.map(({ id, author, author_name, body, ts }) => ({
      id: uuidToMessageId(id),
      agent_id: author,
      agent_name: author_name ?? '',
      body: cut(body, 200),
      timestamp: ts,
    })),
  }
}

/** `no activity yet`, `just now`, `1 minute ago`, `5 minutes ago`, `2 hours ago`, `3 days ago`. */
export function ago(then: number | null, now: number): string {
  if (then === null) return 'no activity yet'
  const minutes = Math.floor((now - then) / 60_000)
  if (minutes < 1) return 'just now'
  if (minutes < 60) return count(minutes, 'minute')
  return minutes < 24 * 60 ? count(Math.floor(minutes / 60), 'hour') : count(Math.floor(minutes / (24 * 60)), 'day')
}

const count = (many: number, unit: string) => `${many} ${unit}${many === 1 ? '' : 's'} ago`

/** At most so many bytes of UTF-8, without half a character. */
export function cut(text: string, bytes: number): string {
  const whole = Buffer.from(text)
  if (whole.length <= bytes) return text
  let end = bytes
  while ((whole[end]! & 0xc0) === 0x80) end--
  return whole.toString('utf8', 0, end)
}
