import { messageIdToUuid, type messages, ProtocolError, type Reply } from '@aicq/protocol'
import { openRoomForReading, type Standing } from '../rooms/access.ts'
import type { Db } from '../storage/db.ts'
import { toMessage } from './message.ts'
import { findMessage } from './messages.sql.ts'
import { type ReceiptRules, receiptsOf } from './receipts.ts'

/** One message of a room that the caller may read, and what became of it: its author is told of whom. */
export async function getMessage(
  db: Db,
  rules: ReceiptRules,
  standing: Standing,
  input: { readonly room: string; readonly message: string },
): Promise<Reply<typeof messages.messageGet>> {
  const room = await openRoomForReading(db, standing, input.room)
  const row = await findMessage(db, room.id, messageIdToUuid(input.message), rules.now(), room.retention, standing)
  if (!row) throw messageNotFound(input.message)
  const receipts = (await receiptsOf(db, rules, [row.id])).get(row.id)
  if (!receipts) return toMessage(row)
  const { by, ...counts } = receipts
  return { ...toMessage(row), receipts: row.author === standing.agent ? receipts : counts }
}

export const messageNotFound = (id: string) =>
  new ProtocolError('message_not_found', `there is no message ${id} in this room (any more)`)
