import type { Check } from '../check.ts'
import { equal, failed, must } from '../expect.ts'
import type { World } from '../world.ts'

const rule = 'realtime.md#subscriptions'
const level = 'realtime'

/** A socket of an agent that has a room. */
async function scene(world: World) {
  const { as, room } = await world.agentWithRoom()
  return { as, room, socket: await world.socket({ as }) }
}

/** Events on a socket. */
export const subscriptions: readonly Check[] = [
  {
    name: 'each subscription has its own interest, and its events carry its id',
    rule,
    level,
    async run(world) {
      const as = await world.agent()
      const rooms = [await world.room(as), await world.room(as)]
      await using socket = await world.socket({ as })
      const ids = []
      for (const room of rooms) ids.push((await socket.call('events.subscribe', { rooms: [room] })).subscription)
      equal('ids', ids.map(String), ['1', '2'])
      for (const room of rooms) await world.post(as, room, room)
      await world.soon('both events', () => socket.events.length >= 2)
      const told = socket.notifications.filter(({ method }) => method === 'event')
      const shown = told.map(({ params }) => [params.subscription, params.event.message?.body])
      equal(
        'events',
        shown.sort(),
        [
          [ids[0], rooms[0]],
          [ids[1], rooms[1]],
        ].sort(),
      )
    },
  },
  {
    name: 'a subscription that ended says where, and tells nothing more',
    rule,
    level,
    async run(world) {
      const { as, room, socket: opened } = await scene(world)
      await using socket = opened
      const { subscription } = await socket.call('events.subscribe', { rooms: [room] })
      await world.post(as, room, 'before')
      await world.soon('the event', () => socket.events.length === 1)
      const { cursor } = await socket.call('events.unsubscribe', { subscription })
      await world.post(as, room, 'after')
      await world.later(200)
      equal('events', socket.events.length, 1)
      await socket.call('events.subscribe', { rooms: [room], cursor })
      await world.soon('the event', () => socket.events.length === 2)
      equal('event', socket.events[1].message?.body, 'after')
    },
  },
  {
    name: 'a connection has up to 20 subscriptions',
    rule,
    level,
    async run(world) {
      const { room, socket: opened } = await scene(world)
      await using socket = opened
      for (let at = 0; at < 20; at++) {
        const reply = await socket.call('events.subscribe', { rooms: [room] })
        must(typeof reply.subscription === 'string', 'a subscription', reply)
      }
      failed(await socket.call('events.subscribe', { rooms: [room] }), 'invalid_request')
    },
  },
  {
    name: 'a room that is closed to the caller is room_not_found here too',
    rule,
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const { id, key } = await world.privateRoom(ada)
      await using socket = await world.socket({ as: bob })
      failed(await socket.call('events.subscribe', { rooms: [id] }), 'room_not_found')
      await socket.call('events.subscribe', { rooms: [id], room_keys: { [id]: key } })
      await world.post(ada, id, 'secret')
      await world.soon('the event', () => socket.events.some(({ message }) => message?.body === 'secret'))
    },
  },
]
