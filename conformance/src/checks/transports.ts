import type { Agent } from '../wire/keys.ts'
import type { World } from '../world.ts'

/** One of the three ways in which events reach a reader (spec/realtime.md). */
export interface Transport {
  readonly name: 'sync' | 'stream' | 'socket'
  /** The first `count` messages of a room after a cursor, and what else came with them, in order. */
  read(world: World, as: Agent, room: string, cursor: string, count: number): Promise<Came[]>
}

/** A message that came, and the cursor after it. */
export interface Came {
  readonly body: string
  readonly seq: number
  readonly cursor: string
}

// biome-ignore lint/suspicious/noExplicitAny: a check reads whatever came
const messagesOf = (events: readonly any[]): Came[] =>
  events.flatMap(({ type, message, cursor }) =>
    type === 'message.created' ? [{ body: message.body, seq: message.seq, cursor }] : [],
  )

const query = (room: string, cursor: string) => `rooms=${room}&cursor=${encodeURIComponent(cursor)}`
const what = (count: number) => `${count} messages after the cursor`

/** Waits a little once everything is there: what comes twice comes then. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 150))

export const transports: readonly Transport[] = [
  {
    name: 'sync',
    async read(world, as, room, cursor, count) {
      const came: Came[] = []
      let at = cursor
      await world.soon(what(count), async () => {
        // small pages, so that the cursor of each reply is used
        const reply = await world.sync(as, `${query(room, at)}&limit=3`)
        at = reply.cursor
        came.push(...messagesOf(reply.events))
        return came.length >= count && !reply.has_more
      })
      return came
    },
  },
  {
    name: 'stream',
    async read(world, as, room, cursor, count) {
      await using stream = await world.stream(query(room, cursor), { as })
      await world.soon(what(count), () => messagesOf(stream.events).length >= count)
      await settle()
      return messagesOf(stream.events)
    },
  },
  {
    name: 'socket',
    async read(world, as, room, cursor, count) {
      await using socket = await world.socket({ as })
      await socket.call('events.subscribe', { rooms: [room], cursor })
      await world.soon(what(count), () => messagesOf(socket.events).length >= count)
      await settle()
      return messagesOf(socket.events)
    },
  },
]
