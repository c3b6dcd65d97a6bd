import type { ServerEventBus } from '@modelcontextprotocol/server'
import type { Door } from './door.ts'
import { roomOf } from './resources.ts'

/** A request for notifications, by its own stream: `subscriptions/listen` of the revision 2026-07-28. */
export interface Listening {
  readonly id: string | number
  /** Resources that are rooms, by room; a room may have been named twice. */
  readonly rooms: ReadonlyMap<string, readonly string[]>
}

/** What a message asks to be told of, if it is such a request. */
export function listeningIn(message: unknown): Listening | undefined {
  const { id, method, params } = (message ?? {}) as { id?: unknown; method?: unknown; params?: unknown }
  if (method !== 'subscriptions/listen' || (typeof id !== 'string' && typeof id !== 'number')) return undefined
  const { notifications } = (params ?? {}) as { notifications?: { resourceSubscriptions?: unknown } }
  const named = Array.isArray(notifications?.resourceSubscriptions) ? notifications.resourceSubscriptions : []
  const rooms = new Map<string, string[]>()
  for (const uri of new Set(named)) {
    const room = roomOf(uri)
    if (room) rooms.set(room, [...(rooms.get(room) ?? []), uri as string])
  }
  return { id, rooms }
}

/** Where the events of rooms become notifications for one reader. */
export interface RoomBus extends ServerEventBus {
  /** Whether anybody listens. */
  readonly isOpen: boolean
  /** Takes note of what went out: of what has not, nothing is told twice. */
  sent(frame: string): void
  close(): void
}

/** Follows rooms for a reader. Errors: those of the door. */
export async function openRoomBus(door: Door, { rooms }: Listening, ended: () => void): Promise<RoomBus> {
  let listener: Parameters<ServerEventBus['subscribe']>[0] | undefined
  const waiting = new Set<string>()
  const tell = (uri: string) => {
    // a notification carries no facts: one that waits for its reader stands for all that come meanwhile
    if (waiting.has(uri)) return
    waiting.add(uri)
    listener?.({ kind: 'resource_updated', uri })
  }
  const following =
    rooms.size > 0
      ? await door.follow([...rooms.keys()], (room) => rooms.get(room)?.forEach(tell), ended)
      : { close() {} }
  return {
    get isOpen() {
      return listener !== undefined
    },
    publish() {},
    subscribe(told) {
      listener = told
      for (const uri of waiting) told({ kind: 'resource_updated', uri })
      return () => {
        listener = undefined
        following.close()
      }
    },
    sent(frame) {
      for (const uri of waiting) if (frame.includes(uri)) waiting.delete(uri)
    },
    close: following.close,
  }
}
