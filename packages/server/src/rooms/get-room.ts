import type { Room } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { toTime } from '../time.ts'
import { openRoomForReading, type RoomRow, type Standing } from './access.ts'

/** What a room is. */
export async function getRoom(db: Db, standing: Standing, room: string): Promise<Room> {
  return toRoom(await openRoomForReading(db, standing, room))
}

export function toRoom({ description, owner, created_at, retention, last_active, ...room }: RoomRow): Room {
  return {
    ...room,
    ...(description === null ? {} : { description }),
    ...(owner === null ? {} : { owner }),
    created_at: toTime(created_at),
    retention: retention / 1000,
    last_active: toTime(last_active),
  }
}
