import type { Check } from '../check.ts'
import { answered, each, equal, must, neverFall, refused } from '../expect.ts'
import { encrypt } from '../wire/dm-v1.ts'
import { newName } from '../wire/ids.ts'
import type { Agent } from '../wire/keys.ts'
import type { World } from '../world.ts'
import { keepsReceipts } from './receipts.ts'

const level = 'realtime'

/** What somebody may see that happened since: `what` is done in between. */
async function during(world: World, as: Agent, query: string, what: () => Promise<unknown>) {
  const { cursor } = await world.sync(as, '')
  await what()
  return world.since(as, cursor, query)
}

const types = (events: readonly object[]): string[] => each('type', events)

/** What events tell, and to whom. */
export const events: readonly Check[] = [
  {
    name: 'a post is told with the message as it is read, and its author',
    rule: 'events.md#shape',
    level,
    async run(world) {
      const ada = await world.agent({ name: 'Ada' })
      const room = await world.room(ada)
      let message: object = {}
      const [event] = await during(world, ada, `rooms=${room}`, async () => (message = await world.post(ada, room)))
      const { author, ...told } = event.message
      equal('message', told, message)
      equal('author', author, { name: 'Ada', key: ada.did })
      equal('type and room', [event.type, event.room], ['message.created', room])
      must(Number.isSafeInteger(event.ts) && typeof event.cursor === 'string', 'ts and cursor', event)
    },
  },
  {
    name: 'what was deleted is not told to who comes later, but that it was deleted',
    rule: 'events.md#shape',
    level,
    async run(world) {
      const { as: ada, room } = await world.agentWithRoom()
      let id = ''
      const told = await during(world, ada, `rooms=${room}`, async () => {
        id = (await world.post(ada, room)).id
        answered(await world.ask(`DELETE /v1/room/${room}/${id}`, { as: ada }), 204)
      })
      equal('events', types(told), ['message.deleted'])
      equal('event', [told[0].message_id, told[0].agent, told[0].room], [id, ada.id, room])
    },
  },
  {
    name: 'comings and goings of members, and changes of a room, are told in their order',
    rule: 'events.md#types',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const room = await world.room(ada)
      const path = `/v1/room/${room}`
      const told = await during(world, ada, `rooms=${room}`, async () => {
        answered(await world.join(bob, room), 200)
        answered(await world.ask(`POST ${path}/leave`, { as: bob }), 204)
        await world.post(bob, room)
        answered(await world.ask(`PATCH ${path}`, { as: ada, body: { description: 'x' } }), 200)
        answered(await world.ask(`POST ${path}/remove`, { as: ada, body: { agent: bob.id } }), 204)
      })
      // a post and the membership that it begins are one change, whose events stand in no order
      const [joined, left, ...rest] = types(told)
      equal(
        'events',
        [joined, left, ...rest.slice(0, 2).sort(), ...rest.slice(2)],
        ['room.joined', 'room.left', 'message.created', 'room.joined', 'room.updated', 'room.removed'],
      )
      neverFall('times', each('ts', told))
    },
  },
  {
    name: 'a direct message is told to its recipient and its author, and to nobody else',
    rule: 'events.md#types',
    level,
    async run(world) {
      const [ada, bob, eve] = await world.someAgents(3)
      const cursors = await Promise.all([ada, bob, eve].map(async (as) => (await world.sync(as, '')).cursor))
      const dm = answered(await world.ask(`POST /v1/dm/${bob.id}`, { as: ada, body: { body: encrypt('a', bob) } }), 201)
      const told = await Promise.all([ada, bob, eve].map((as, at) => world.since(as, cursors[at], 'dms=true')))
      const shown = told.map((list) => list.map(({ type, dm }) => [type, dm]))
      equal('events', shown, [[['dm.sent', dm]], [['dm.received', dm]], []])
    },
  },
  {
    name: 'an acknowledgement is told to the author of the message alone',
    rule: 'receipts.md#being-told',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const room = await world.room(ada)
      const { id } = await world.post(ada, room)
      await world.post(bob, room)
      const [ofAda, ofBob] = await Promise.all([ada, bob].map(async (as) => (await world.sync(as, '')).cursor))
      const ack = await world.ask(`POST /v1/room/${room}/${id}/ack`, { as: bob, body: { state: 'done' } })
      keepsReceipts(world, ack)
      const [event, ...more] = await world.since(ada, ofAda)
      equal('event', [event?.type, event?.message_id, event?.receipts?.done, more.length], ['message.acked', id, 1, 0])
      equal('events of others', await world.since(bob, ofBob), [])
    },
  },
  {
    name: 'a signed caller that asks for nothing gets its rooms, its direct messages and mentions',
    rule: 'realtime.md#interest',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const [mine, other] = [await world.room(ada), await world.room(bob)]
      const told = await during(world, ada, '', async () => {
        await world.post(ada, mine, 'in my room')
        await world.post(bob, other, 'not for ada')
        await world.post(bob, other, `for @${ada.id}!`)
        answered(await world.ask(`POST /v1/dm/${ada.id}`, { as: bob, body: { body: encrypt('a', ada) } }), 201)
      })
      equal('events', types(told), ['message.created', 'message.created', 'dm.received'])
      equal(
        'messages',
        told.slice(0, 2).map((one) => one.message.body),
        ['in my room', `for @${ada.id}!`],
      )
    },
  },
  {
    name: 'an agent is mentioned by its UUID or its name, in either case, and not inside a word',
    rule: 'realtime.md#mentions',
    level,
    async run(world) {
      const name = newName('ada')
      const ada = await world.agent({ name })
      const bob = await world.agent()
      const room = await world.room(bob)
      const texts = [
        `hi @${name.toUpperCase()}`,
        `x@${name}`,
        `@${name}x`,
        `(@${ada.id.toUpperCase()})`,
        `@${name}, hi`,
        'nobody',
      ]
      const told = await during(world, ada, 'mentions=true', () => world.posts(bob, room, ...texts))
      equal(
        'mentions',
        told.map((one) => texts.indexOf(one.message.body)),
        [0, 3, 4],
      )
    },
  },
  {
    name: 'who is removed gets the event that says so, and nothing of the room after it',
    rule: 'realtime.md#membership',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const { id, key } = await world.privateRoom(ada)
      answered(await world.join(bob, id, key), 200)
      await using stream = await world.stream('', { as: bob })
      await world.post(ada, id, 'before')
      answered(await world.ask(`POST /v1/room/${id}/remove`, { as: ada, body: { agent: bob.id } }), 204)
      await world.post(ada, id, 'after')
      await world.soon('room.removed', () => stream.events.some(({ type }) => type === 'room.removed'))
      await world.later(200)
      equal('events', types([...stream.events]), ['message.created', 'room.removed'])
    },
  },
  {
    name: 'readers are told that an agent was erased, and of nothing else of it that stood before',
    rule: 'leaving.md#being-told',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const room = await world.room(ada)
      const { cursor } = await world.sync(ada, '')
      await world.post(bob, room)
      answered(await world.ask(`DELETE /v1/agent/${bob.id}`, { as: bob }), 204)
      const line = `GET /v1/sync?rooms=${room}&limit=500&cursor=${encodeURIComponent(cursor)}`
      const told = answered(await world.ask(line, { as: ada }), 200).events
      const ofBob = told.filter((one: { agent?: string }) => one.agent === bob.id)
      equal('events', types(ofBob), ['agent.erased'])
      equal(
        'posts',
        types(told).filter((type) => type === 'message.created'),
        [],
      )
    },
  },
  {
    name: 'an event carries on the trace of the request that it comes from, and a malformed one is ignored',
    rule: 'events.md#traces',
    level,
    async run(world) {
      const { as: ada, room } = await world.agentWithRoom()
      const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
      const post = (traceparent: string) =>
        world.ask(`POST /v1/room/${room}`, { as: ada, body: { body: 'a' }, headers: { traceparent } })
      const [good, bad] = await during(world, ada, `rooms=${room}`, async () => {
        answered(await post(`00-${trace}-00f067aa0ba902b7-01`), 201)
        answered(await post('nonsense'), 201)
      })
      equal('trace', good.traceparent?.split('-')[1], trace)
      must(bad.traceparent !== 'nonsense', 'no malformed traceparent', bad)
    },
  },
  {
    name: 'times of events rise with their places',
    rule: 'events.md#times',
    level,
    async run(world) {
      const [ada, ...others] = await world.someAgents(3)
      const room = await world.room(ada)
      const told = await during(world, ada, `rooms=${room}`, () =>
        Promise.all([ada, ...others].flatMap((as) => [1, 2, 3].map(() => world.post(as, room)))),
      )
      equal('posts', types(told).filter((type) => type === 'message.created').length, 9)
      neverFall('times', each('ts', told))
    },
  },
  {
    name: 'one room that is closed to the caller refuses the whole request',
    rule: 'realtime.md#rooms-that-are-closed',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const secret = await world.privateRoom(ada)
      refused(
        await world.ask(`GET /v1/sync?rooms=${await world.room(bob)},${secret.id}`, { as: bob }),
        'room_not_found',
      )
    },
  },
]
