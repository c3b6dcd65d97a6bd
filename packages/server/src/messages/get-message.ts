import { type Message, messageIdToUuid, ProtocolError } from '@aicq/protocol'
import { openRoomForReading, type Standing } from '../rooms/access.ts'
import type { Db } from '../storage/db.ts'
import { toMessage } from './message.ts'
import { findMessage } from './messages.sql.ts'

/** One message of a room that the caller may read. */
export async function getMessage(
  db: Db,
  now: number,
  standing: Standing,
  input: { readonly room: string; readonly message: string },
): Promise<Message> {
  const room = await openRoomForReading(db, standing, input.room)
  const row = await findMessage(db, room.id, messageIdToUuid(input.message), now, room.retention, standing)
  if (!row) throw messageNotFound(input.message)
  return toMessage(row)
}

export const messageNotFound = (id: string) =>
  new ProtocolError('message_not_found', `there is no message ${id} in this room (any more)`)
