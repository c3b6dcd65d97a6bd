import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encryptDm, type Identity, identityFromSeed, toBase64 } from '@aicq/protocol'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

async function startWithThree(environment: Record<string, string> = {}) {
  await using opened = new AsyncDisposableStack()
  const server = opened.use(await startTestServer(environment))
  const { url, clock } = server
  const [ada, bob, carol] = [await newAgent(url, 'ada'), await newAgent(url, 'bob'), await newAgent(url, 'carol')]
  const now = () => Date.now() + clock.ahead
  const write = async (as: Identity, to: Identity, text = 'a word'): Promise<string> => {
    const body = { body: encryptDm(to.publicKey, text) }
    const { status, body: reply } = await send(url, `POST /v1/dm/${to.id}`, { as, body, now: now() })
    assert.equal(status, 201)
    return reply.id
  }
  const list = async (as: Identity, query = '') => (await send(url, `GET /v1/dm${query}`, { as, now: now() })).body
  const ids = async (as: Identity, query = ''): Promise<string[]> =>
    (await list(as, query)).messages.map(({ id }: { id: string }) => id)
  const remove = async (as: Identity, id: string) => {
    const { status, body } = await send(url, `DELETE /v1/dm/${id}`, { as, now: now() })
    return status === 204 ? 204 : body.code
  }
  const closing = opened.move()
  return { server, ada, bob, carol, write, list, ids, remove, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

test('a list has what one received and sent, newest first, and can be narrowed to a peer or a direction', async () => {
  await using three = await startWithThree()
  const { ada, bob, carol, write, ids } = three
  const one = await write(ada, bob)
  const two = await write(bob, ada)
  const third = await write(carol, ada)
  const self = await write(ada, ada)
  assert.deepEqual(await ids(ada), [self, third, two, one])
  assert.deepEqual(await ids(ada, '?order=asc'), [one, two, third, self])
  assert.deepEqual(await ids(bob), [two, one])
  assert.deepEqual(await ids(ada, `?peer=${bob.id}`), [two, one])
  assert.deepEqual(await ids(ada, `?peer=${bob.did}&order=asc`), [one, two])
  assert.deepEqual(await ids(ada, `?peer=${ada.id}`), [self])
  assert.deepEqual(await ids(ada, '?direction=received'), [self, third, two])
  assert.deepEqual(await ids(ada, '?direction=sent'), [self, one])
  assert.deepEqual(await ids(carol), [third])
})

test('pages join without a gap in either order, and bounds are exclusive', async () => {
  await using three = await startWithThree()
  const { ada, bob, write, list, ids } = three
  const written: string[] = []
  for (let n = 0; n < 7; n++) written.push(await write(n % 2 ? ada : bob, n % 2 ? bob : ada))
  for (const order of ['asc', 'desc']) {
    const read: string[] = []
    for (let next = ''; ; ) {
      const page = await list(ada, `?limit=3&order=${order}${next}`)
      read.push(...page.messages.map(({ id }: { id: string }) => id))
      assert.equal(page.has_more, page.next !== undefined)
      assert.equal(typeof page.cursor, 'string')
      if (!page.has_more) break
      next = `&next=${page.next}`
    }
    assert.deepEqual(read, order === 'asc' ? written : written.toReversed())
  }
  const { messages } = await list(ada, '?order=asc')
  assert.deepEqual(await ids(ada, `?order=asc&after=${messages[2].ts}&before=${messages[5].ts}`), written.slice(3, 5))
  const wrong = await list(ada, '?next=x')
  assert.equal(wrong.code, 'invalid_request')
})

test('nobody but the two parties sees a direct message, by whatever door', async () => {
  await using three = await startWithThree()
  const { server, ada, bob, carol, write, ids, remove } = three
  const id = await write(ada, bob)
  assert.deepEqual(await ids(carol), [])
  assert.deepEqual(await ids(carol, `?peer=${ada.id}`), [])
  assert.equal(await remove(carol, id), 'message_not_found')
  assert.equal((await send(server.url, 'GET /v1/dm')).body.code, 'signature_missing')
  for (const path of [`/v1/room/global/${id}`, `/v1/room/global?thread=${id}`])
    assert.equal((await send(server.url, `GET ${path}`, { as: ada })).body.code, 'message_not_found')
  assert.equal((await send(server.url, `DELETE /v1/room/global/${id}`, { as: ada })).body.code, 'message_not_found')
  const reply = await send(server.url, 'POST /v1/room/global', { as: bob, body: { body: 'answer', pid: id } })
  assert.equal(reply.body.code, 'parent_not_found')
  await send(server.url, 'POST /v1/room/global', { as: carol, body: { body: 'seen by all' } })
  const stats = await eventually(async () => {
    const { body } = await send(server.url, 'GET /v1/stats')
    return body.total_messages > 0 && body
  })
  assert.equal(stats.total_messages, 1)
  assert.ok(!JSON.stringify(stats).includes(id))
  const listed = (await send(server.url, 'GET /v1/room/global')).body.messages
  assert.deepEqual(
    listed.map(({ body }: { body: string }) => body),
    ['seen by all'],
  )
  const metrics = (await send(server.url, 'GET /metrics')).body
  for (const word of [id, ada.id, bob.id]) assert.ok(!metrics.includes(word))
})

test('a ciphertext is not found by a search', async () => {
  await using three = await startWithThree()
  const { server, ada, bob } = three
  const body = 'word'.repeat(20)
  assert.equal((await send(server.url, `POST /v1/dm/${bob.id}`, { as: ada, body: { body } })).status, 201)
  assert.deepEqual((await send(server.url, `GET /v1/find?q=${body}`, { as: bob })).body.results, [])
})

test('the administrator reaches no direct messages', async () => {
  const seed = new Uint8Array(32).fill(7)
  const admin = await identityFromSeed(seed)
  await using three = await startWithThree({ ADMIN_AGENT_ID: admin.id })
  const { server, ada, bob, write, ids, remove } = three
  const public_key = toBase64(admin.publicKey)
  await send(server.url, 'POST /v1/register', { as: admin, keyid: admin.did, body: { public_key } })
  const id = await write(ada, bob)
  const byRoom = await send(server.url, `DELETE /v1/room/global/${id}`, { as: admin })
  assert.equal(byRoom.body.code, 'message_not_found')
  assert.equal(await remove(admin, id), 'message_not_found')
  assert.deepEqual([await ids(bob), await ids(admin)], [[id], []])
})

test('a recipient acknowledges, an author takes back: gone for both, again it changes nothing, and the id stays used', async () => {
  await using three = await startWithThree()
  const { server, ada, bob, carol, write, list, ids, remove } = three
  const [one, two, third] = [await write(ada, bob), await write(ada, bob), await write(ada, bob)]
  const { messages } = await list(ada, '?order=asc')
  assert.equal(await remove(bob, one), 204)
  assert.equal(await remove(ada, two), 204)
  assert.deepEqual(await ids(ada), [third])
  assert.deepEqual(await ids(bob), [third])
  assert.deepEqual([await remove(bob, one), await remove(ada, one), await remove(bob, two)], [204, 204, 204])
  assert.equal(await remove(carol, one), 'message_not_found')
  const again = await send(server.url, `POST /v1/dm/${bob.id}`, { as: ada, body: { id: one, body: messages[0].body } })
  assert.deepEqual([again.status, again.body.code], [409, 'message_deleted'])
  const inRoom = (await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'hi' } })).body.id
  assert.equal(await remove(ada, inRoom), 'message_not_found')
})

test('a direct message lives for seven days unless DM_RETENTION says otherwise, and is then gone for everybody', async () => {
  for (const [environment, life] of [
    [{}, 7 * 86_400_000],
    [{ DM_RETENTION: '3600' }, 3_600_000],
  ] as const) {
    await using three = await startWithThree(environment)
    const { server, ada, bob, write, ids, remove } = three
    const id = await write(ada, bob)
    server.clock.ahead = life - 60_000
    assert.deepEqual(await ids(bob), [id])
    server.clock.ahead = life + 1_000
    assert.deepEqual([await ids(bob), await ids(ada)], [[], []])
    assert.equal(await remove(bob, id), 'message_not_found')
  }
})
