import { rooms } from '@aicq/protocol'
import type { Log } from '../events/log.ts'
import type { Serve } from '../http/serve.ts'
import type { Db, Reads } from '../storage/db.ts'
import type { RoomKeys } from './access.ts'
import { createRoom } from './create-room.ts'
import { getRoom } from './get-room.ts'
import { joinRoom } from './join-room.ts'
import { leaveRoom } from './leave-room.ts'
import { listMembers } from './list-members.ts'
import { listOwnRooms } from './list-own-rooms.ts'
import { listRooms } from './list-rooms.ts'
import { removeFromRoom } from './remove-from-room.ts'
import { updateRoom } from './update-room.ts'

/** Binds the operations of rooms. `retention`: milliseconds that messages of a new room live. */
export function serveRooms(serve: Serve, db: Db, reads: Reads, log: Log, keys: RoomKeys, retention: number): void {
  serve(rooms.roomList, ({ agent }, { limit = 20, offset = 0 }) =>
    reads(agent?.id, (from) => listRooms(from, limit, offset)),
  )
  serve(rooms.roomMine, ({ agent }, input) => listOwnRooms(db, agent.id, input))
  serve(rooms.roomCreate, ({ agent }, input) => createRoom(log, keys, retention, agent, input))
  serve(rooms.roomGet, async (caller, { room }) => getRoom(db, await keys.standing(caller, room), room))
  serve(rooms.roomJoin, async (caller, { room }) =>
    joinRoom(log, caller.agent, await keys.standing(caller, room), room),
  )
  serve(rooms.roomLeave, ({ agent }, { room }) => leaveRoom(log, agent, room))
  serve(rooms.roomMembers, async (caller, input) => listMembers(db, await keys.standing(caller, input.room), input))
  serve(rooms.roomUpdate, ({ agent }, input) => updateRoom(log, keys, agent, input))
  serve(rooms.roomRemove, ({ agent }, input) => removeFromRoom(log, agent, input.room, input.agent))
}
