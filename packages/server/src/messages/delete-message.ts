import { messageIdToUuid, ProtocolError } from '@aicq/protocol'
import type { Log, Writer } from '../events/log.ts'
import { openRoomForReading, type Standing } from '../rooms/access.ts'
import { messageNotFound } from './get-message.ts'
import { deleteMessage as deleteRow, findId, mentionAgain } from './messages.sql.ts'

/**
 * Takes a message back: its author may, even where the room is closed to it now, and the administrator. Deleting again changes nothing
 * for those who may.
 */
export async function deleteMessage(
  log: Log,
  admin: string | undefined,
  agent: Writer,
  standing: Standing,
  input: { readonly room: string; readonly message: string },
): Promise<undefined> {
  const id = messageIdToUuid(input.message)
  await log.write(agent, async (tx, append, audit) => {
    const known = await findId(tx, id)
    const isThere = known?.room_id === input.room && known.expires_at > log.now()
    const mayDelete = (isThere && known.author === agent.id) || admin === agent.id
    if (!mayDelete) await openRoomForReading(tx, standing, input.room)
    if (!isThere || (known.deleted && !mayDelete)) throw messageNotFound(input.message)
    if (!mayDelete) throw new ProtocolError('not_author', 'only the author may delete a message')
    if (known.deleted) return
    await deleteRow(tx, id, known.expires_at)
    await append({ type: 'message.deleted', room: input.room, agent: agent.id, ref: id })
    await mentionAgain(tx, id)
    if (known.author !== agent.id)
      await audit({ type: 'message.deleted', subject: known.author, room: input.room, message: id })
  })
  return undefined
}
