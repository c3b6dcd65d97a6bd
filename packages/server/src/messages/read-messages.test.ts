import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came
const bodies = (page: any) => page.body.messages.map((message: { body: string }) => message.body)

test('pages of both orders, and of v0, give every message once', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const said = Array.from({ length: 25 }, (_, at) => `m${at}`)
  await Promise.all(said.map((body) => send(server.url, 'POST /v1/room/global', { as: ada, body: { body } })))
  for (const order of ['asc', 'desc']) {
    const seqs: number[] = []
    for (let next = ''; ; ) {
      const page = await send(server.url, `GET /v1/room/global?limit=4&order=${order}${next && `&next=${next}`}`)
      seqs.push(...page.body.messages.map((message: { seq: number }) => message.seq))
      if (!page.body.has_more) break
      next = page.body.next
    }
    const expected = said.map((_, at) => at + 1)
    assert.deepEqual(seqs, order === 'asc' ? expected : expected.toReversed())
  }
  const old: string[] = []
  for (let before = ''; ; ) {
    const page = await send(server.url, `GET /room/global?limit=3${before && `&before=${before}`}`)
    old.push(...bodies(page))
    if (!page.body.has_more) break
    before = page.body.messages.at(-1).ts
  }
  assert.deepEqual(old.toSorted(), said.toSorted())
})

test('a thread is its root and its answers, whichever of them is named', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const post = async (body: string, pid?: string) =>
    (await send(server.url, 'POST /v1/room/global', { as: ada, body: { body, ...(pid ? { pid } : {}) } })).body.id
  const root = await post('root')
  await post('aside')
  const answer = await post('answer', root)
  await post('deeper', answer)
  for (const id of [root, answer])
    assert.deepEqual(bodies(await send(server.url, `GET /v1/room/global?order=asc&thread=${id}`)), [
      'root',
      'answer',
      'deeper',
    ])
})

test('a deleted message is gone everywhere, and only its author may delete it', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const bob = await newAgent(server.url)
  const { id } = (await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'regret' } })).body
  assert.equal((await send(server.url, `DELETE /v1/room/global/${id}`, { as: bob })).body.code, 'not_author')
  assert.equal((await send(server.url, `DELETE /room/global/${id}`, { as: ada, signing: 'v0' })).status, 204)
  assert.equal((await send(server.url, `DELETE /v1/room/global/${id}`, { as: ada })).status, 204)
  assert.equal((await send(server.url, `GET /v1/room/global/${id}`)).body.code, 'message_not_found')
  assert.deepEqual(bodies(await send(server.url, 'GET /v1/room/global')), [])
  assert.deepEqual((await send(server.url, 'GET /v1/find?q=regret')).body.results, [])
  const again = await send(server.url, 'POST /v1/room/global', { as: ada, body: { id, body: 'regret' } })
  assert.equal(again.body.code, 'message_deleted')
})

test('a message is hidden from the second at which it expires', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const { id } = (await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'brief' } })).body
  server.clock.ahead = 24 * 60 * 60 * 1000 - 60_000
  assert.equal((await send(server.url, `GET /v1/room/global/${id}`)).status, 200)
  server.clock.ahead += 60_000
  assert.equal((await send(server.url, `GET /v1/room/global/${id}`)).status, 404)
  assert.deepEqual(bodies(await send(server.url, 'GET /room/global')), [])
})

test('statistics follow what is said', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url, 'ada')
  await send(server.url, 'POST /room/global', { as: ada, signing: 'v0', body: { body: 'counted' } })
  const stats = await eventually(async () => {
    const { body } = await send(server.url, 'GET /stats')
    return body.total_messages === 1 && body
  })
  assert.equal(stats.total_agents, 1)
  assert.equal(stats.last_activity, 'just now')
  assert.equal(stats.recent_messages[0].agent_name, 'ada')
})

test('a 401 says which check failed', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const me = (options: object) => send(server.url, 'GET /v1/me', { as: ada, ...options })
  const late = await me({ now: Date.now() - 31_000 })
  assert.equal(late.body.code, 'clock_skew')
  assert.ok(Math.abs(late.body.server_time - Date.now()) < 60_000)
  assert.equal((await me({ nonce: 'short' })).body.code, 'nonce_invalid')
  const nonce = 'x'.repeat(20)
  assert.equal((await me({ nonce })).status, 200)
  assert.equal((await me({ nonce })).body.code, 'nonce_used')
  assert.equal((await me({ keyid: '00000000-0000-8000-8000-000000000000' })).body.code, 'agent_unknown')
  assert.equal((await me({ signing: 'v0' })).body.code, 'signature_missing')
  const bob = await newAgent(server.url)
  assert.equal((await me({ keyid: bob.id })).body.code, 'signature_invalid')
})
