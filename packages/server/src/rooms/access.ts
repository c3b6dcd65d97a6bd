import { ProtocolError } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { findReadableRoom, type RoomRow } from './rooms.sql.ts'

export type { RoomRow } from './rooms.sql.ts'

/** The only way to hold a room: one that `agent` may read. A closed room and a missing one look alike: `room_not_found`. */
export async function openRoomForReading(db: Db, agent: string | undefined, room: string): Promise<RoomRow> {
  const row = await findReadableRoom(db, room, agent)
  if (!row) throw roomNotFound()
  return row
}

export const roomNotFound = () => new ProtocolError('room_not_found', 'there is no such room, or it is closed to you')
