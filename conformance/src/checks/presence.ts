import type { Check } from '../check.ts'
import { answered, equal, must, refused } from '../expect.ts'
import { newAgent } from '../wire/keys.ts'
import type { World } from '../world.ts'

const level = 'realtime'

const ask = async (world: World, ...ids: string[]) =>
  answered(await world.ask(`GET /v1/presence?agents=${ids.join(',')}`), 200).presences

/** Who is there. */
export const presence: readonly Check[] = [
  {
    name: 'an agent that says so is there, and what it leaves out is taken away',
    rule: 'presence.md#saying-so',
    level,
    async run(world) {
      const as = await world.agent()
      const set = async (body: object) => answered(await world.ask('PUT /v1/presence', { as, body }), 200)
      const said = await set({ status: `  ${'s'.repeat(150)}`, busy: true })
      equal('presence', [said.agent, said.state, said.busy, said.status], [as.id, 'online', true, 's'.repeat(140)])
      equal('presence', (await ask(world, as.id))[0], said)
      const again = await set({})
      equal('presence', [again.busy, again.status], [false, undefined])
      for (const body of [{ for: 9 }, { for: 3601 }, { mood: 'good' }])
        refused(await world.ask('PUT /v1/presence', { as, body }), 'invalid_request')
    },
  },
  {
    name: 'presences come in the order in which they were asked for, and who is not known is offline',
    rule: 'presence.md#asking',
    level,
    async run(world) {
      const [nobody, as] = [newAgent(), await world.agent()]
      answered(await world.ask('PUT /v1/presence', { as, body: {} }), 200)
      const states = (await ask(world, nobody.id, as.id, nobody.id)).map((one: { agent: string; state: string }) => [
        one.agent,
        one.state,
      ])
      equal('presences', states, [
        [nobody.id, 'offline'],
        [as.id, 'online'],
        [nobody.id, 'offline'],
      ])
      refused(await world.ask('GET /v1/presence'), 'invalid_request')
      refused(await world.ask('GET /v1/presence?agents=x'), 'invalid_id', 'invalid_request')
    },
  },
  {
    name: 'an agent is there while it has a socket',
    rule: 'presence.md#states',
    level,
    async run(world) {
      const as = await world.agent()
      equal('state', (await ask(world, as.id))[0].state, 'offline')
      await using _socket = await world.socket({ as })
      await world.soon('online', async () => (await ask(world, as.id))[0].state === 'online')
    },
  },
  {
    name: 'streams that asked are told who comes, with the place at which they stand',
    rule: 'presence.md#being-told',
    level,
    async run(world) {
      const [as, reader] = await world.someAgents(2)
      await using stream = await world.stream(`presence=${as.id}`, { as: reader })
      answered(await world.ask('PUT /v1/presence', { as, body: { status: 'here' } }), 200)
      const told = (state: string, status?: string) =>
        stream.events.find(
          (one) =>
            one.type === 'presence.changed' &&
            one.presence.state === state &&
            (!status || one.presence.status === status),
        )
      equal('agent', (await world.soon('that it is online', () => told('online'))).agent, as.id)
      const event = await world.soon('its status, at the end of five seconds', () => told('online', 'here'), 20_000)
      must(typeof event.cursor === 'string' && event.cursor.length > 0, 'a cursor', event)
    },
  },
]
