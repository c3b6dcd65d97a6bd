import type { Check } from '../check.ts'
import { answered, equal, must, refused } from '../expect.ts'
import type { World } from '../world.ts'
import { type Transport, transports } from './transports.ts'

const level = 'realtime'
const texts = ['1', '2', '3', '4', '5', '6', '7', '8']

/** A room with eight messages, and the cursor before them. */
async function scene(world: World) {
  const ada = await world.agent()
  const room = await world.room(ada)
  const { cursor } = await world.sync(ada, '')
  await world.posts(ada, room, ...texts)
  return { ada, room, cursor }
}

const bodies = (came: readonly { body: string }[]) => came.map(({ body }) => body)

const perTransport = (transport: Transport): Check[] => [
  {
    name: `by ${transport.name}, everything after a cursor comes once and in order`,
    rule: 'events.md#order',
    level,
    async run(world) {
      const { ada, room, cursor } = await scene(world)
      const came = await transport.read(world, ada, room, cursor, 8)
      equal('messages', bodies(came), texts)
      equal(
        'seq',
        came.map(({ seq }) => seq),
        [1, 2, 3, 4, 5, 6, 7, 8],
      )
    },
  },
  {
    name: `by ${transport.name}, a reader goes on from the cursor of an event without loss or repetition`,
    rule: 'realtime.md#without-a-hole',
    level,
    async run(world) {
      const { ada, room, cursor } = await scene(world)
      const came = await transport.read(world, ada, room, cursor, 8)
      for (const last of [0, 4, 6]) {
        const rest = texts.slice(last + 1)
        equal(
          `messages after the event of ${texts[last]}`,
          bodies(await transport.read(world, ada, room, came[last]!.cursor, rest.length)),
          rest,
        )
      }
    },
  },
]

/** A place in the log, and going on from it. */
export const resume: readonly Check[] = [
  ...transports.flatMap(perTransport),
  {
    name: 'a cursor of one transport is good on each other',
    rule: 'cursors.md#going-on',
    level,
    async run(world) {
      const { ada, room, cursor } = await scene(world)
      for (const first of transports) {
        const at = (await first.read(world, ada, room, cursor, 8))[2]!.cursor
        for (const other of transports.filter((one) => one !== first))
          equal(
            `messages by ${other.name} after ${first.name}`,
            bodies(await other.read(world, ada, room, at, 5)),
            texts.slice(3),
          )
      }
    },
  },
  {
    name: 'the cursor of a page of messages, or of direct messages, is the place at which it was read',
    rule: 'messages.md#pages',
    level,
    async run(world) {
      const { ada, room } = await scene(world)
      const { cursor } = answered(await world.ask(`GET /v1/room/${room}?limit=1`), 200)
      const { cursor: same } = answered(await world.ask('GET /v1/dm', { as: ada }), 200)
      await world.posts(ada, room, '9', '10')
      for (const at of [cursor, same])
        equal('messages', bodies(await transports[0]!.read(world, ada, room, at, 2)), ['9', '10'])
    },
  },
  {
    name: 'a cursor that was made up is resync_required, with the cursor from which to begin again',
    rule: 'realtime.md#resync',
    level,
    async run(world) {
      const { ada, room } = await scene(world)
      for (const [line, options] of [
        [`GET /v1/sync?rooms=${room}&cursor=made-up`, {}],
        [`GET /v1/stream?rooms=${room}&cursor=${'A'.repeat(86)}`, {}],
      ] as const) {
        const answer = await world.ask(line, { as: ada, ...options })
        refused(answer, 'resync_required')
        await world.post(ada, room, 'after')
        equal('messages', bodies(await transports[0]!.read(world, ada, room, answer.body.cursor, 1)), ['after'])
      }
      await using socket = await world.socket({ as: ada })
      const problem = await socket.call('events.subscribe', { rooms: [room], cursor: 'made-up' })
      must(
        problem.code === 'resync_required' && typeof problem.cursor === 'string',
        'resync_required with a cursor',
        problem,
      )
    },
  },
]
