import { type Input, isRoomName, newRoomId, ProtocolError, type Room, type rooms } from '@aicq/protocol'
import type { Log, Writer } from '../events/log.ts'
import { openRoomForReading } from './access.ts'
import { toRoom } from './get-room.ts'
import { insertMember, insertRoom } from './rooms.sql.ts'

/** Makes a public room, owned by its maker, who is its first member. `retention`: milliseconds that its messages live. */
export async function createRoom(
  log: Log,
  retention: number,
  agent: Writer,
  input: Input<typeof rooms.roomCreate>,
): Promise<Room> {
  const name = input.name.normalize('NFC')
  if (!isRoomName(name))
    throw new ProtocolError('invalid_request', 'body.name must have 1 to 50 letters, digits, "-" and "_"')
  if (input.is_private) throw new ProtocolError('invalid_request', 'body.is_private: this server has public rooms only')
  if (input.key !== undefined) throw new ProtocolError('invalid_request', 'body.key: a public room has no key')
  const now = log.now()
  const id = newRoomId(now)
  return log.write(agent, async (tx, append) => {
    await insertRoom(tx, { id, name, owner: agent.id, retention, createdAt: now })
    await append({ type: 'room.created', room: id, agent: agent.id })
    await insertMember(tx, id, agent.id, now)
    await append({ type: 'room.joined', room: id, agent: agent.id })
    return toRoom(await openRoomForReading(tx, agent.id, id))
  })
}
