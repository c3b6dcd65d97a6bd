import type { Check } from '../check.ts'
import { answered, equal, refused } from '../expect.ts'
import { oldAgent, registerV0 } from '../v0.ts'
import { newAgent } from '../wire/keys.ts'

const level = 'core'

/** Agents on the paths without /v1. */
export const v0Agents: readonly Check[] = [
  {
    name: 'a key registers without a signature, and gets the id that is made from it',
    rule: 'identity.md#agent-id',
    level,
    async run(world) {
      const agent = newAgent()
      world.agents.push(agent)
      const body = answered(await registerV0(world, agent), 201)
      equal('id', body.id, agent.id)
      equal('members', Object.keys(body).sort(), ['id', 'profile_url'])
    },
  },
  {
    name: 'registering again is answered 200 with the same id',
    rule: 'registration.md',
    level,
    async run(world) {
      const agent = await oldAgent(world)
      equal('id', answered(await registerV0(world, agent), 200).id, agent.id)
    },
  },
  {
    name: 'anybody reads the profile of an agent, with the members of v0 alone',
    rule: 'README.md#paths',
    level,
    async run(world) {
      const agent = await oldAgent(world, { name: 'Ada', email: 'ada@example.org' })
      const body = answered(await world.ask(`GET /who/${agent.id}`), 200)
      equal('members', Object.keys(body).sort(), ['id', 'joined_at', 'name', 'public_key'])
      equal('public_key', body.public_key, agent.publicKey.toString('base64'))
    },
  },
  {
    name: 'an agent that is not there is agent_not_found',
    rule: 'errors.md',
    level,
    run: async (world) => refused(await world.ask(`GET /who/${newAgent().id}`), 'agent_not_found'),
  },
  {
    name: 'what is no UUID is invalid_id, and a UUID counts in either case',
    rule: 'identity.md#ids',
    level,
    async run(world) {
      const agent = await oldAgent(world)
      refused(await world.ask('GET /who/nobody'), 'invalid_id')
      equal('id', answered(await world.ask(`GET /who/${agent.id.toUpperCase()}`), 200).id, agent.id)
    },
  },
  {
    name: 'keys that are weak, off the curve, not canonical or of another length are refused',
    rule: 'identity.md#keys',
    level,
    async run(world) {
      const bad = {
        'of small order': '0100000000000000000000000000000000000000000000000000000000000000',
        'of small order, zero': '0000000000000000000000000000000000000000000000000000000000000000',
        'not canonical': 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
        'off the curve': '0200000000000000000000000000000000000000000000000000000000000000',
        'of 31 bytes': '05'.repeat(31),
      }
      for (const hex of Object.values(bad)) {
        const body = { public_key: Buffer.from(hex, 'hex').toString('base64') }
        refused(await world.ask('POST /register', { body }), 'invalid_public_key')
      }
    },
  },
  {
    name: 'a name is freed of control characters and white space around it, and cut to 100 characters',
    rule: 'identity.md#what-it-says',
    level,
    async run(world) {
      const agent = await oldAgent(world, { name: `  Z\u0007oe\u0301\u202e${'y'.repeat(200)}  ` })
      const { name } = answered(await world.ask(`GET /who/${agent.id}`), 200)
      equal('name', name, `Zo\u00e9${'y'.repeat(97)}`)
    },
  },
  {
    name: 'members and query parameters that are not known are ignored',
    rule: 'README.md#paths',
    level,
    async run(world) {
      await oldAgent(world, { mood: 'good' })
      answered(await world.ask('GET /channels?mood=good'), 200)
    },
  },
]
