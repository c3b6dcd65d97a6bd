import type { Log, Writer } from '../events/log.ts'
import { openRoomForReading } from './access.ts'
import { deleteMember } from './rooms.sql.ts'

/** Ends the caller's membership; leaving again changes nothing. */
export async function leaveRoom(log: Log, agent: Writer, room: string): Promise<undefined> {
  await log.write(agent, async (tx, append) => {
    await openRoomForReading(tx, { agent: agent.id }, room)
    if (await deleteMember(tx, room, agent.id)) await append({ type: 'room.left', room, agent: agent.id })
  })
  return undefined
}
