import { ProtocolError } from '@aicq/protocol'
import type { Log, Writer } from '../events/log.ts'
import { openRoomForOwner } from './access.ts'
import { deleteMember } from './rooms.sql.ts'

/** Takes a member out of a room that the caller owns; nothing that comes later reaches it. Removing again changes nothing. */
export async function removeFromRoom(log: Log, agent: Writer, room: string, member: string): Promise<undefined> {
  await log.write(agent, async (tx, append, audit) => {
    const { owner } = await openRoomForOwner(tx, agent.id, room)
    if (member === owner) throw new ProtocolError('invalid_request', 'body.agent: the owner cannot be removed')
    if (!(await deleteMember(tx, room, member))) return
    await append({ type: 'room.removed', room, agent: member })
    await audit({ type: 'room.member_removed', room, subject: member })
  })
  return undefined
}
