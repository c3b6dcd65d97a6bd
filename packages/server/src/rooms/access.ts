import { type ErrorCode, ProtocolError } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { findRoom, type RoomRow } from './rooms.sql.ts'

export type { RoomKeys, Visitor } from './keys.ts'
export { mayRead, type RoomRow } from './rooms.sql.ts'
export { type RoomStanding, readStandings, roomsOf } from './standings.sql.ts'

/** How a caller stands to one room: who it is, and the version of the room's key that it has shown. */
export interface Standing {
  readonly agent: string | undefined
  readonly keyVersion?: number
  /** A key was sent and was not needless, right or wrong. */
  readonly keyTried?: boolean
}

/**
 * The only way to hold a room: one that the caller may read, as anybody may a public one, and members and those who show its key a
 * private one. A closed room and a missing one look alike: `room_not_found`; only v0 tells them apart.
 */
export async function openRoomForReading(db: Db, standing: Standing, room: string): Promise<RoomRow> {
  const row = await findRoom(db, room, standing)
  if (!row) throw roomNotFound()
  if (!row.is_open) throw roomNotFound(standing.keyTried ? 'room_key_wrong' : 'room_key_required')
  return row
}

/** A room whose owner asks. Errors: `room_not_found`, `not_owner`. */
export async function openRoomForOwner(tx: Db, agent: string, room: string): Promise<RoomRow> {
  const row = await openRoomForReading(tx, { agent }, room)
  if (row.owner !== agent) throw new ProtocolError('not_owner', 'only the owner of a room may do this')
  return row
}

export const roomNotFound = (onV0: ErrorCode = 'room_not_found') =>
  new ProtocolError('room_not_found', 'there is no such room, or it is closed to you', {}, { onV0 })
