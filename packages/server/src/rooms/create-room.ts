import { type Input, isRoomName, newRoomId, ProtocolError, type Room, type rooms } from '@aicq/protocol'
import type { Log, Writer } from '../events/log.ts'
import { openRoomForReading, type RoomKeys } from './access.ts'
import { toRoom } from './get-room.ts'
import { insertMember, insertRoom } from './rooms.sql.ts'

/** Makes a room, owned by its maker, who is its first member. `retention`: milliseconds that its messages live. */
export async function createRoom(
  log: Log,
  keys: RoomKeys,
  retention: number,
  agent: Writer,
  input: Input<typeof rooms.roomCreate>,
): Promise<Room> {
  const name = readRoomName(input.name)
  if (input.key !== undefined && !input.is_private)
    throw new ProtocolError('invalid_request', 'body.key: a public room has no key; send is_private with it')
  if (input.is_private && input.key === undefined)
    throw new ProtocolError('invalid_room_key', 'a private room needs a key')
  const keyHash = input.key === undefined ? undefined : await keys.hash(input.key)
  const now = log.now()
  const id = newRoomId(now)
  return log.write(agent, async (tx, append, audit) => {
    await insertRoom(tx, { id, name, owner: agent.id, retention, createdAt: now, keyHash })
    await append({ type: 'room.created', room: id, agent: agent.id })
    await insertMember(tx, id, agent.id, now)
    await append({ type: 'room.joined', room: id, agent: agent.id })
    await audit({ type: 'room.created', room: id, details: { is_private: keyHash !== undefined } })
    return toRoom(await openRoomForReading(tx, { agent: agent.id }, id))
  })
}

/** A room's name as it is kept. Errors: `invalid_request`. */
export function readRoomName(given: string): string {
  const name = given.normalize('NFC')
  if (!isRoomName(name))
    throw new ProtocolError('invalid_request', 'body.name must have 1 to 50 letters, digits, "-" and "_"')
  return name
}
