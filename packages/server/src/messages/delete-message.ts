import { messageIdToUuid, ProtocolError } from '@aicq/protocol'
import type { Log, Writer } from '../events/log.ts'
import { openRoomForReading } from '../rooms/access.ts'
import { messageNotFound } from './get-message.ts'
import { deleteMessage as deleteRow, findId } from './messages.sql.ts'

/** Takes a message back: its author may, and the administrator. Deleting again changes nothing for those who may. */
export async function deleteMessage(
  log: Log,
  admin: string | undefined,
  agent: Writer,
  input: { readonly room: string; readonly message: string },
): Promise<undefined> {
  const id = messageIdToUuid(input.message)
  await log.write(agent, async (tx, append) => {
    const room = await openRoomForReading(tx, agent.id, input.room)
    const known = await findId(tx, id)
    const mayDelete = known?.author === agent.id || admin === agent.id
    if (known?.room_id !== room.id || known.expires_at <= log.now()) throw messageNotFound(input.message)
    if (known.deleted && !mayDelete) throw messageNotFound(input.message)
    if (!mayDelete) throw new ProtocolError('not_author', 'only the author may delete a message')
    if (known.deleted) return
    await deleteRow(tx, id, known.expires_at)
    await append({ type: 'message.deleted', room: room.id, agent: agent.id, ref: id })
  })
  return undefined
}
