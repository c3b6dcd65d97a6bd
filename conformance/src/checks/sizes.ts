import { randomBytes, randomUUID } from 'node:crypto'
import type { Check } from '../check.ts'
import { answered, equal, refused } from '../expect.ts'
import { signedBy } from '../v0.ts'

const rule = 'limits.md#sizes'
const level = 'private'

/** Sizes beside those of messages and rooms. */
export const sizes: readonly Check[] = [
  {
    name: 'a request that sends a direct message has at most 65,536 bytes',
    rule,
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const text = JSON.stringify({ body: randomBytes(90).toString('base64') })
      const send = (length: number) => world.ask(`POST /v1/dm/${bob.id}`, { as: ada, body: text.padEnd(length) })
      answered(await send(65_536), 201)
      refused(await send(65_537), 'request_too_large')
    },
  },
  {
    name: 'a direct message of the longest body goes by v0 too',
    rule,
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const body = { body: randomBytes(6144).toString('base64') }
      answered(await world.ask(`POST /dm/${bob.id}`, { ...(await signedBy(world, ada)), body }), 201)
      const { messages } = answered(await world.ask('GET /v1/dm', { as: bob }), 200)
      equal('body', messages[0]?.body, body.body)
    },
  },
  {
    name: 'the time in a new id of a direct message lies within 5 minutes of the server',
    rule: 'direct-messages.md#repeating',
    level,
    async run(world) {
      const [ada, bob] = await world.someAgents(2)
      const body = randomBytes(90).toString('base64')
      for (const offset of [-360_000, 360_000])
        refused(
          await world.ask(`POST /v1/dm/${bob.id}`, { as: ada, body: { id: world.id(offset), body } }),
          'invalid_id',
        )
    },
  },
  {
    name: 'a reader names at most 100 rooms and 100 agents',
    rule: 'realtime.md#interest',
    level: 'realtime',
    async run(world) {
      const as = await world.agent()
      const many = Array.from({ length: 101 }, () => randomUUID()).join(',')
      refused(await world.ask(`GET /v1/sync?rooms=${many}`, { as }), 'invalid_request')
      refused(await world.ask(`GET /v1/sync?presence=${many}`, { as }), 'invalid_request')
      refused(await world.ask(`GET /v1/presence?agents=${many}`), 'invalid_request')
    },
  },
]
