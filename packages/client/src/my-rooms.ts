import { rooms } from '@aicq/protocol'
import type { Transport } from './transport.ts'
import type { RoomInfo } from './types.ts'

/** The rooms that the agent is in, page by page, as they are wanted. */
export async function* readMyRooms(transport: Transport): AsyncGenerator<RoomInfo, void, undefined> {
  for (let next: string | undefined; ; ) {
    const page = await transport.call(rooms.roomMine, () => ({ limit: 200, ...(next ? { next } : {}) }))
    yield* page.rooms
    if (!page.next) return
    next = page.next
  }
}
