import type { Check } from '../check.ts'
import { errors } from '../errors.ts'
import { answered, equal, must, refused } from '../expect.ts'
import type { Answer } from '../wire/http.ts'
import { newNonce } from '../wire/ids.ts'
import { newAgent } from '../wire/keys.ts'

/** That an answer is a problem document: the status is its own, the rest as the table of errors has it. */
function isProblem({ status, headers, body }: Answer): void {
  const type = headers['content-type']
  must(type?.startsWith('application/problem+json') === true, 'application/problem+json', type)
  for (const member of ['type', 'title', 'detail', 'code']) must(typeof body?.[member] === 'string', member, body)
  equal('status and retryable', [body.status, body.retryable], [status, errors[body.code]?.[1]])
  equal('request_id', body.request_id, headers['x-request-id'])
}

/** What every reply carries, and how every error looks. */
export const replies: readonly Check[] = [
  {
    name: 'every reply carries X-Request-ID, and the one that the caller sends is kept',
    rule: 'README.md#replies',
    level: 'core',
    async run(world) {
      for (const line of ['GET /api', 'GET /nothing']) {
        const own = (await world.ask(line)).headers['x-request-id']
        must(typeof own === 'string' && own.length > 0, 'X-Request-ID', own)
        const id = `a.b_c:${newNonce()}`
        equal('X-Request-ID', (await world.ask(line, { headers: { 'X-Request-ID': id } })).headers['x-request-id'], id)
      }
    },
  },
  {
    name: 'a request id that is not well-formed is not kept',
    rule: 'README.md#replies',
    level: 'core',
    async run(world) {
      for (const id of ['with space', 'x'.repeat(101)]) {
        const own = (await world.ask('GET /api', { headers: { 'X-Request-ID': id } })).headers['x-request-id']
        must(typeof own === 'string' && own !== id, 'another X-Request-ID', own)
      }
    },
  },
  {
    name: 'an error is a problem document with code, status, detail, retryable and request_id',
    rule: 'README.md#replies',
    level: 'core',
    async run(world) {
      for (const line of [`GET /who/${newAgent().id}`, 'POST /room/global', 'GET /who/x']) {
        isProblem(await world.ask(line, line.startsWith('POST') ? { body: { body: 'x' } } : {}))
      }
    },
  },
  {
    name: 'a path that nothing answers is not_found',
    rule: 'errors.md',
    level: 'core',
    async run(world) {
      refused(await world.ask('GET /nothing-is-here'), 'not_found')
      refused(await world.ask('DELETE /health'), 'not_found')
    },
  },
  {
    name: 'the server says what it is and how it is, to anybody',
    rule: 'operations.md',
    level: 'core',
    async run(world) {
      const { status } = answered(await world.ask('GET /health'), 200)
      equal('status', status, 'healthy')
      equal('members', Object.keys(answered(await world.ask('GET /api'), 200)).sort(), ['docs', 'name', 'version'])
      const stats = answered(await world.ask('GET /stats'), 200)
      must(Number.isInteger(stats.total_agents), 'total_agents', stats)
    },
  },
  {
    name: 'operations that v0 lacks answer without the prefix as they do below /v1',
    rule: 'README.md#paths',
    level: 'signed',
    async run(world) {
      const as = await world.agent()
      equal(
        'profile',
        answered(await world.ask('GET /me', { as }), 200),
        answered(await world.ask('GET /v1/me', { as }), 200),
      )
      refused(await world.ask('GET /me', { as, signing: 'v0' }), 'signature_missing')
    },
  },
  {
    name: 'below /v1 a member or query parameter that is not known is invalid_request',
    rule: 'README.md#paths',
    level: 'signed',
    async run(world) {
      const { as, room } = await world.agentWithRoom()
      refused(await world.ask(`POST /v1/room/${room}`, { as, body: { body: 'x', mood: 'good' } }), 'invalid_request')
      for (const query of ['mood=good', 'limit=0', 'limit=many', 'limit=201', 'order=up'])
        refused(await world.ask(`GET /v1/room/${room}?${query}`), 'invalid_request')
    },
  },
  {
    name: 'the errors of one that is refused below /v1 are problem documents too',
    rule: 'errors.md',
    level: 'signed',
    async run(world) {
      const as = await world.agent()
      const now = world.now() - 60_000
      for (const answer of [
        await world.ask('GET /v1/nothing'),
        await world.ask('GET /v1/me'),
        await world.ask('GET /v1/me', { as, now }),
      ])
        isProblem(answer)
    },
  },
]
