import type { Check } from '../check.ts'
import { answered, equal } from '../expect.ts'
import { create, rotate } from '../wire/key-history.ts'
import { newAgent } from '../wire/keys.ts'
import type { World } from '../world.ts'

const _rule = 'realtime.md#interest'
const level = 'realtime'

/** What those who follow `global` are told that happened since: `what` is done in between. */
async function told(
  world: World,
  what: () => Promise<unknown>,
): Promise<{ type: string; agent?: string; room?: string }[]> {
  const reader = await world.agent()
  let { cursor } = await world.sync(reader, '')
  await what()
  const events = []
  for (let more = true; more; ) {
    const reply = await world.sync(reader, `rooms=global&limit=500&cursor=${encodeURIComponent(cursor)}`)
    events.push(...reply.events)
    cursor = reply.cursor
    more = reply.has_more
  }
  return events
}

/** What is told to those who follow the room global. */
export const announcements: readonly Check[] = [
  {
    name: 'who follows global is told of new agents, changed profiles and changed keys',
    rule: 'realtime.md#besides',
    level,
    async run(world) {
      let id = ''
      const events = await told(world, async () => {
        const as = await world.agent({ name: 'Ada' })
        id = as.id
        answered(await world.ask(`PATCH /v1/agent/${id}`, { as, body: { name: 'Eve' } }), 200)
        const body = { operation: rotate(create(as), as, newAgent(id)) }
        answered(await world.ask(`POST /v1/agent/${id}/rotate`, { as, body }), 200)
      })
      const types = events.filter(({ agent }) => agent === id).map(({ type }) => type)
      equal('events', types, ['agent.joined', 'agent.updated', 'agent.key_changed'])
    },
  },
  {
    name: 'who follows global is told of new public rooms, and of no private one',
    rule: 'realtime.md#besides',
    level,
    async run(world) {
      const as = await world.agent()
      let rooms: string[] = []
      const events = await told(world, async () => {
        rooms = [await world.room(as), (await world.privateRoom(as)).id]
      })
      const created = events.filter(({ room }) => rooms.includes(room ?? '')).map(({ type, room }) => [type, room])
      equal('events', created, [['room.created', rooms[0]]])
    },
  },
  {
    name: 'who does not follow global is told of none of it',
    rule: 'realtime.md#besides',
    level,
    async run(world) {
      const as = await world.agent()
      const room = await world.room(as)
      const { cursor } = await world.sync(as, '')
      const other = await world.agent()
      await world.room(other)
      await world.post(as, room)
      const { events } = await world.sync(as, `rooms=${room}&limit=500&cursor=${encodeURIComponent(cursor)}`)
      equal(
        'events',
        events.map(({ type }: { type: string }) => type),
        ['message.created'],
      )
    },
  },
]
