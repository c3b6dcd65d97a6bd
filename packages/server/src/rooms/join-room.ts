import type { Room } from '@aicq/protocol'
import type { Log, Writer } from '../events/log.ts'
import { openRoomForReading, type Standing } from './access.ts'
import { toRoom } from './get-room.ts'
import { insertMember } from './rooms.sql.ts'

/** Makes the caller a member of a room that it may read; joining again changes nothing. */
export async function joinRoom(log: Log, agent: Writer, standing: Standing, room: string): Promise<Room> {
  return log.write(agent, async (tx, append) => {
    await openRoomForReading(tx, standing, room)
    if (await insertMember(tx, room, agent.id, log.now())) await append({ type: 'room.joined', room, agent: agent.id })
    return toRoom(await openRoomForReading(tx, standing, room))
  })
}
