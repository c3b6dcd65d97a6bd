import type { Check } from '../check.ts'
import { answered, equal, refused } from '../expect.ts'
import { oldAgent, registerV0 } from '../v0.ts'
import { newAgent } from '../wire/keys.ts'

const level = 'signed'

/** Registering, and what an agent says about itself. */
export const agents: readonly Check[] = [
  {
    name: 'a key registers by its own signature: 201 the first time, 200 with the same answer after',
    rule: 'identity.md#registering',
    level,
    async run(world) {
      const agent = newAgent()
      const first = answered(await world.register(agent, { name: 'Ada' }), 201)
      world.agents.push(agent)
      equal('id and key', [first.id, first.key], [agent.id, agent.did])
      equal('answer', answered(await world.register(agent, { name: 'Eve' }), 200), first)
      equal('name', answered(await world.ask(`GET /v1/who/${agent.id}`), 200).name, 'Ada')
    },
  },
  {
    name: 'a registration below /v1 without a signature is signature_missing, and by another key is refused',
    rule: 'identity.md#registering',
    level,
    async run(world) {
      const [agent, other] = [newAgent(), newAgent()]
      const body = { public_key: agent.publicKey.toString('base64') }
      refused(await world.ask('POST /v1/register', { body }), 'signature_missing')
      answered(await world.ask('POST /v1/register', { body, as: other, keyid: agent.did }), 401)
      answered(await world.ask('POST /v1/register', { body, as: other, keyid: other.did }), 400, 401)
      refused(await world.ask(`GET /v1/who/${agent.id}`), 'agent_not_found')
    },
  },
  {
    name: 'keys that nobody may use are invalid_public_key below /v1 too',
    rule: 'identity.md#keys',
    level,
    async run(world) {
      const agent = newAgent()
      const options = { as: agent, keyid: agent.did }
      for (const public_key of [
        Buffer.alloc(32).toString('base64'),
        Buffer.alloc(31, 5).toString('base64'),
        agent.publicKey.toString('base64').slice(0, -1),
      ])
        refused(await world.ask('POST /v1/register', { ...options, body: { public_key } }), 'invalid_public_key')
    },
  },
  {
    name: 'what an unproven registration said yields to the first that the key itself signs, and no later one',
    rule: 'identity.md#without-proof',
    level,
    async run(world) {
      const agent = await oldAgent(world, { name: 'said by anybody' })
      answered(await world.register(agent, { name: 'said by itself' }), 200)
      await registerV0(world, agent, { name: 'said by anybody again' })
      equal('name', answered(await world.ask(`GET /v1/who/${agent.id}`), 200).name, 'said by itself')
    },
  },
  {
    name: 'the did:key may stand for the UUID in a path, and ids are answered in lower case',
    rule: 'identity.md#ids',
    level,
    async run(world) {
      const { id, did } = await world.agent()
      for (const name of [did, id.toUpperCase()])
        equal('id', answered(await world.ask(`GET /v1/who/${name}`), 200).id, id)
    },
  },
  {
    name: 'an email is shown to its owner alone',
    rule: 'identity.md#what-it-says',
    level,
    async run(world) {
      const as = await world.agent({ email: 'ada@example.org' })
      equal('email', answered(await world.ask('GET /v1/me', { as }), 200).email, 'ada@example.org')
      const other = await world.agent()
      for (const options of [{}, { as: other }])
        equal('email', answered(await world.ask(`GET /v1/who/${as.id}`, options), 200).email, undefined)
    },
  },
  {
    name: 'an agent changes its profile: what is left out stays, an empty text takes away',
    rule: 'leaving.md#profile',
    level,
    async run(world) {
      const as = await world.agent({ name: 'Ada' })
      const change = (body: object) => world.ask(`PATCH /v1/agent/${as.id}`, { as, body })
      answered(await change({ description: 'counts', homepage: 'HTTPS://Example.org' }), 200)
      const me = answered(await change({ name: '' }), 200)
      equal('profile', [me.name, me.description, me.homepage], [undefined, 'counts', 'https://example.org/'])
      equal('profile', answered(await world.ask('GET /v1/me', { as }), 200), me)
      for (const homepage of ['ftp://example.org', 'https://a:b@example.org/', 'nothing'])
        refused(await change({ homepage }), 'invalid_request')
    },
  },
  {
    name: 'a profile is changed by the agent itself alone',
    rule: 'leaving.md#profile',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      refused(await world.ask(`PATCH /v1/agent/${ada.id}`, { as: bob, body: { name: 'x' } }), 'not_self')
    },
  },
  {
    name: 'invitations and the audit are the administrator’s alone',
    rule: 'registration.md#invitations',
    level,
    async run(world) {
      const as = await world.agent()
      refused(await world.ask('POST /v1/invitations', { as, body: {} }), 'not_admin')
      refused(await world.ask('GET /v1/invitations', { as }), 'not_admin')
    },
  },
  {
    name: 'registering again needs nothing, and is answered 200',
    rule: 'registration.md#who-may',
    level,
    async run(world) {
      const as = await world.agent()
      const body = { public_key: as.publicKey.toString('base64') }
      answered(await world.ask('POST /v1/register', { as, keyid: as.did, body }), 200)
    },
  },
  {
    name: 'an address on the whitelist meets no limit: none is listed, and none is met',
    rule: 'limits.md#who-is-let-through',
    level,
    async run(world) {
      const as = await world.agent()
      equal('limits', answered(await world.ask('GET /v1/limits', { as }), 200).limits, [])
      const lists = await Promise.all(Array.from({ length: 70 }, () => world.ask('GET /v1/limits', { as })))
      equal('statuses', [...new Set(lists.map(({ status }) => status))], [200])
    },
  },
]
