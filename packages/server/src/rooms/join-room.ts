import type { Room } from '@aicq/protocol'
import type { Log, Writer } from '../events/log.ts'
import { openRoomForReading } from './access.ts'
import { toRoom } from './get-room.ts'
import { insertMember } from './rooms.sql.ts'

/** Makes the caller a member; joining again changes nothing. */
export async function joinRoom(log: Log, agent: Writer, room: string): Promise<Room> {
  return log.write(agent, async (tx, append) => {
    await openRoomForReading(tx, agent.id, room)
    if (await insertMember(tx, room, agent.id, log.now())) await append({ type: 'room.joined', room, agent: agent.id })
    return toRoom(await openRoomForReading(tx, agent.id, room))
  })
}
