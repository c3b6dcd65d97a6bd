import type { Check } from '../check.ts'
import { answered, equal, must, refused } from '../expect.ts'
import { newNonce } from '../wire/ids.ts'
import { newAgent } from '../wire/keys.ts'

const level = 'signed'

/** When a signature is good, and how often. */
export const clockAndNonces: readonly Check[] = [
  {
    name: 'a signature is good from 30 s before to 5 s after the time of the server',
    rule: 'signing.md#clock',
    level,
    async run(world) {
      const as = await world.agent()
      for (const offset of [-26_000, 3_000]) answered(await world.askAt(offset, 'GET /v1/me', { as }), 200)
    },
  },
  {
    name: 'a signature that is too old or too early is clock_skew',
    rule: 'signing.md#clock',
    level,
    async run(world) {
      const as = await world.agent()
      for (const offset of [-35_000, 12_000, -86_400_000])
        refused(await world.askAt(offset, 'GET /v1/me', { as }), 'clock_skew')
    },
  },
  {
    name: 'a client corrects its clock by server_time, and is accepted',
    rule: 'signing.md#clock',
    level,
    async run(world) {
      const as = await world.agent()
      const { server_time } = answered(await world.ask('GET /v1/me', { as, now: world.now() + 600_000 }), 401)
      must(Number.isSafeInteger(server_time), 'server_time in milliseconds', server_time)
      answered(await world.ask('GET /v1/me', { as, now: server_time }), 200)
    },
  },
  {
    name: 'a used nonce is refused, of a read and of a write',
    rule: 'signing.md#nonces',
    level,
    async run(world) {
      const { as, room } = await world.agentWithRoom()
      const read = { as, nonce: newNonce() }
      answered(await world.ask('GET /v1/me', read), 200)
      refused(await world.ask('GET /v1/me', read), 'nonce_used')
      const write = { as, nonce: newNonce(), body: { body: 'hello' } }
      answered(await world.ask(`POST /v1/room/${room}`, write), 201)
      refused(await world.ask(`POST /v1/room/${room}`, write), 'nonce_used')
      equal('messages', answered(await world.ask(`GET /v1/room/${room}`), 200).messages.length, 1)
    },
  },
  {
    name: 'of eight requests with one nonce at once, one is accepted',
    rule: 'signing.md#nonces',
    level,
    async run(world) {
      const as = await world.agent()
      const line = `POST /v1/room/${await world.room(as)}`
      const request = { as, nonce: newNonce(), body: { body: 'hello' } }
      const answers = await Promise.all(Array.from({ length: 8 }, () => world.ask(line, request)))
      equal('accepted', answers.filter(({ status }) => status === 201).length, 1)
      for (const answer of answers) if (answer.status !== 201) refused(answer, 'nonce_used')
    },
  },
  {
    name: 'a nonce counts per agent, and only once the signature has verified',
    rule: 'signing.md#nonces',
    level,
    async run(world) {
      const [as, other] = await world.someAgents(2)
      const nonce = newNonce()
      answered(await world.ask('GET /v1/me', { as: other, nonce }), 200)
      refused(await world.ask('GET /v1/me', { as: newAgent(), keyid: as.id, nonce }), 'signature_invalid')
      answered(await world.ask('GET /v1/me', { as, nonce }), 200)
    },
  },
  {
    name: 'a nonce has 16 to 128 characters',
    rule: 'signing.md#rfc-9421',
    level,
    async run(world) {
      const as = await world.agent()
      for (const length of [16, 128]) answered(await world.ask('GET /v1/me', { as, nonce: 'n'.repeat(length) }), 200)
      for (const length of [15, 129])
        refused(await world.ask('GET /v1/me', { as, nonce: 'n'.repeat(length) }), 'nonce_invalid')
    },
  },
  {
    name: 'a request that was refused for its contents leaves nothing, and is good once corrected',
    rule: 'signing.md#nonces',
    level,
    async run(world) {
      const as = await world.agent()
      const line = `POST /v1/room/${await world.room(as)}`
      refused(await world.ask(line, { as, body: { body: 'x', pid: world.id() } }), 'parent_not_found')
      answered(await world.ask(line, { as, body: { body: 'x' } }), 201)
    },
  },
]
