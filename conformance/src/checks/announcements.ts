import type { Check } from '../check.ts'
import { answered, each, equal } from '../expect.ts'
import type { World } from '../world.ts'
import { giveUpKey } from './key-scene.ts'

const level = 'realtime'

/** What those who follow `global` are told that happened since: `what` is done in between. */
async function told(
  world: World,
  what: () => Promise<unknown>,
): Promise<{ type: string; agent?: string; room?: string }[]> {
  const reader = await world.agent()
  const { cursor } = await world.sync(reader, '')
  await what()
  return world.since(reader, cursor, 'rooms=global')
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
        await giveUpKey(world, as)
      })
      const types = each(
        'type',
        events.filter(({ agent }) => agent === id),
      )
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
      const { as, room } = await world.agentWithRoom()
      const { cursor } = await world.sync(as, '')
      const other = await world.agent()
      await world.room(other)
      await world.post(as, room)
      equal('events', each('type', await world.since(as, cursor, `rooms=${room}`)), ['message.created'])
    },
  },
]
