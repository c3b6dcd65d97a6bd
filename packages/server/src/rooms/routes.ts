import { rooms } from '@aicq/protocol'
import type { Log } from '../events/log.ts'
import type { Serve } from '../http/serve.ts'
import type { Db } from '../storage/db.ts'
import { createRoom } from './create-room.ts'
import { getRoom } from './get-room.ts'
import { joinRoom } from './join-room.ts'
import { leaveRoom } from './leave-room.ts'
import { listMembers } from './list-members.ts'
import { listRooms } from './list-rooms.ts'

/** Binds the operations of rooms. `retention`: milliseconds that messages of a new room live. */
export function serveRooms(serve: Serve, db: Db, log: Log, retention: number): void {
  serve(rooms.roomList, (_, { limit = 20, offset = 0 }) => listRooms(db, limit, offset))
  serve(rooms.roomCreate, ({ agent }, input) => createRoom(log, retention, agent, input))
  serve(rooms.roomGet, ({ agent }, { room }) => getRoom(db, agent?.id, room))
  serve(rooms.roomJoin, ({ agent }, { room }) => joinRoom(log, agent, room))
  serve(rooms.roomLeave, ({ agent }, { room }) => leaveRoom(log, agent, room))
  serve(rooms.roomMembers, ({ agent }, input) => listMembers(db, agent?.id, input))
}
