import { type Input, ProtocolError, type Room, type rooms } from '@aicq/protocol'
import type { Log, Writer } from '../events/log.ts'
import { openRoomForOwner, type RoomKeys } from './access.ts'
import { readRoomName } from './create-room.ts'
import { toRoom } from './get-room.ts'
import { deleteOthers, updateRoom as updateRow } from './rooms.sql.ts'

/** Changes a room that the caller owns. With a new key, `members: drop` makes everybody else join again. */
export async function updateRoom(
  log: Log,
  keys: RoomKeys,
  agent: Writer,
  { room, key, members, retention, ...input }: Input<typeof rooms.roomUpdate>,
): Promise<Room> {
  if (members !== undefined && key === undefined)
    throw new ProtocolError('invalid_request', 'body.members goes together with a new key')
  const name = input.name === undefined ? undefined : readRoomName(input.name)
  const keyHash = key === undefined ? undefined : await keys.hash(key)
  const kept = retention === undefined ? undefined : retention * 1000
  return log.write(agent, async (tx, append, audit) => {
    const { is_private } = await openRoomForOwner(tx, agent.id, room)
    if (keyHash !== undefined && !is_private)
      throw new ProtocolError('invalid_request', 'body.key: a public room has no key')
    await updateRow(tx, room, { name, description: input.description, retention: kept, keyHash })
    await append({ type: 'room.updated', room, agent: agent.id })
    const gone = members === 'drop' ? await deleteOthers(tx, room, agent.id) : []
    if (members === 'drop') await append({ type: 'room.removed', room, agents: gone })
    const given = { name, description: input.description, retention: kept, key }
    const changed = Object.entries(given).flatMap(([what, value]) => (value === undefined ? [] : [what]))
    await audit({ type: 'room.updated', room, details: { changed, removed: gone.length } })
    return toRoom(await openRoomForOwner(tx, agent.id, room))
  })
}
