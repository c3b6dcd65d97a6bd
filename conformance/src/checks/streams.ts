import type { Check } from '../check.ts'
import { equal, must, refused } from '../expect.ts'
import { giveUpKey } from './key-scene.ts'

const rule = 'realtime.md#stream'
const level = 'realtime'

/** Server-Sent Events. */
export const streams: readonly Check[] = [
  {
    name: 'a stream begins with retry and the id from which it begins, and ids are cursors',
    rule,
    level,
    async run(world) {
      const { as, room } = await world.agentWithRoom()
      await using stream = await world.stream(`rooms=${room}`, { as })
      equal('retry', stream.retry, '2000')
      const [first] = stream.frames
      must(Boolean(first?.id) && first?.event === undefined, 'a frame of an id', first)
      await world.post(as, room, 'hello')
      const frame = await world.soon('the message', () => stream.frames.find(({ event }) => event?.message))
      equal(
        'event',
        [frame.event.type, frame.event.message?.body, frame.id],
        ['message.created', 'hello', frame.event.cursor],
      )
    },
  },
  {
    name: 'the header Last-Event-ID counts as cursor, and goes before it',
    rule,
    level,
    async run(world) {
      const { as, room } = await world.agentWithRoom()
      const { cursor: early } = await world.sync(as, '')
      await world.post(as, room, 'first')
      const { cursor: late } = await world.sync(as, '')
      await world.post(as, room, 'second')
      for (const [query, header, expected] of [
        ['', early, ['first', 'second']],
        [`&cursor=${encodeURIComponent(early)}`, late, ['second']],
      ] as const) {
        await using stream = await world.stream(`rooms=${room}${query}`, { as, headers: { 'Last-Event-ID': header } })
        await world.soon('the messages', () => stream.events.length >= expected.length)
        equal(
          'messages',
          stream.events.map(({ message }) => message?.body),
          expected,
        )
      }
    },
  },
  {
    name: 'who does not sign follows public rooms alone',
    rule: 'realtime.md#rooms-that-are-closed',
    level,
    async run(world) {
      const as = await world.agent()
      const [room, secret] = [await world.room(as), await world.privateRoom(as)]
      await using stream = await world.stream(`rooms=${room}`)
      await world.post(as, room, 'hello')
      await world.soon('the message', () => stream.events.some(({ message }) => message?.body === 'hello'))
      refused(await world.ask(`GET /v1/stream?rooms=${room},${secret.id}`), 'room_not_found')
    },
  },
  {
    name: 'a private room is followed with its key',
    rule: 'realtime.md#rooms-that-are-closed',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const room = await world.privateRoom(ada)
      const headers = { 'X-AICQ-Room-Keys': JSON.stringify({ [room.id]: room.key }) }
      await using stream = await world.stream(`rooms=${room.id}`, { as: bob, headers })
      await world.post(ada, room.id, 'secret')
      await world.soon('the message', () => stream.events.some(({ message }) => message?.body === 'secret'))
    },
  },
  {
    name: 'while nothing matches, a frame with a new id comes every 15 s',
    rule,
    level,
    isSlow: true,
    async run(world) {
      const as = await world.agent()
      const [quiet, busy] = [await world.room(as), await world.room(as)]
      await using stream = await world.stream(`rooms=${quiet}`, { as })
      await world.post(as, busy)
      const frame = await world.soon(
        'a frame with a new id',
        () => stream.frames.slice(1).find(({ event }) => !event),
        30_000,
      )
      must(frame.event === undefined && frame.id !== stream.frames[0]!.id, 'an id without data', frame)
    },
  },
  {
    name: 'what was open by a key that was given up is closed',
    rule: 'key-history.md#what-ends-with-a-key',
    level,
    async run(world) {
      const as = await world.agent()
      await using stream = await world.stream('', { as })
      await using socket = await world.socket({ as })
      await giveUpKey(world, as)
      await world.soon('the end of the stream', () => stream.isOver)
      equal('close code', await Promise.race([socket.closed, world.later(20_000)]), 4002)
    },
  },
]
