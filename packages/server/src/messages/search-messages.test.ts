import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came
const bodies = (answer: any) => answer.body.results.map(({ body }: { body: string }) => body)

test('search finds words in any order, quoted phrases, and leaves out what is excluded', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const said = ['the quick brown fox', 'a brown quick dog', 'nothing here', 'quick silver']
  for (const body of said) await send(server.url, 'POST /v1/room/global', { as: ada, body: { body } })
  const find = async (q: string) => bodies(await send(server.url, `GET /v1/find?q=${encodeURIComponent(q)}`)).toSorted()
  assert.deepEqual(await find('quick brown'), ['a brown quick dog', 'the quick brown fox'])
  assert.deepEqual(await find('"quick brown"'), ['the quick brown fox'])
  assert.deepEqual(await find('quick -brown'), ['quick silver'])
  assert.deepEqual(await find('unheard'), [])
})

test('a full-text query is a parameter: what is asked for becomes neither SQL nor a syntax error', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'quick silver' } })
  const odd = [
    `'); drop table messages; --`,
    `' or '1'='1`,
    '$1',
    '"',
    '-',
    '-'.repeat(100),
    '- '.repeat(50),
    `${'-'.repeat(90)}silver`,
    '&|!:*',
    '((',
    'a:*',
    '\\',
    "'",
    '%_',
    '<->',
  ]
  for (const q of odd)
    for (const path of ['/v1/find', '/find']) {
      const answer = await send(server.url, `GET ${path}?q=${encodeURIComponent(q)}`)
      assert.equal(answer.status, 200, q)
      assert.deepEqual(bodies(answer), [], q)
    }
  assert.deepEqual(bodies(await send(server.url, 'GET /v1/find?q=silver')), ['quick silver'])
})

test('a search is filtered by access inside the query: what is closed neither shows, counts, nor crowds out', async () => {
  await using server = await startTestServer()
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  const closed = { name: 'vault', is_private: true, key: 'open sesame, please' }
  const room = (await send(server.url, 'POST /v1/room', { as: ada, body: closed })).body.id
  await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'zebra in the open' } })
  const client = new pg.Client(server.database.superuser)
  await client.connect()
  // more, and newer, than are ranked
  await client.query(
    `insert into messages (id, room_id, seq, author, key_version, type, body, created, ts, expires_at)
     select gen_random_uuid(), $1, n, $2, 1, 'text', 'zebra zebra', $3, $3, $3::bigint + 3600000 from generate_series(1, 1100) n`,
    [room, ada.id, Date.now() + 1_000],
  )
  await client.end()
  for (const as of [bob, undefined])
    for (const limit of [1, 100]) {
      const answer = await send(server.url, `GET /v1/find?q=zebra&limit=${limit}`, as ? { as } : {})
      assert.deepEqual(bodies(answer), ['zebra in the open'])
      assert.equal(answer.body.total, 1)
    }
  assert.equal((await send(server.url, 'GET /v1/find?q=zebra&limit=100', { as: ada })).body.total, 100)
})

test('search is bounded to a room, a time and a number, and says what was asked', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const lab = (await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'lab' } })).body.id
  const posts: { id: string; ts: number }[] = []
  for (const room of ['global', lab, lab]) {
    posts.push((await send(server.url, `POST /v1/room/${room}`, { as: ada, body: { body: 'needle' } })).body)
    server.clock.ahead += 5
  }
  const find = async (more: string) => (await send(server.url, `GET /v1/find?q=needle${more}`)).body
  const all = await find('')
  assert.equal(all.query, 'needle')
  assert.equal(all.total, 3)
  assert.equal((await find(`&room=${lab}`)).total, 2)
  assert.equal((await find(`&limit=1`)).total, 1)
  assert.deepEqual(
    (await find(`&after=${posts[1]!.ts}`)).results.map(({ id }: { id: string }) => id),
    [posts[2]!.id],
  )
  const [old] = (await send(server.url, `GET /find?q=needle&after=${posts[1]!.ts}`)).body.results
  assert.deepEqual(old, {
    id: posts[2]!.id,
    room_id: lab,
    room_name: 'lab',
    from: ada.id,
    body: 'needle',
    ts: posts[2]!.ts,
  })
})

test('a search needs words, of 100 characters at most', async () => {
  await using server = await startTestServer()
  for (const prefix of ['', '/v1']) {
    assert.equal((await send(server.url, `GET ${prefix}/find`)).status, 400)
    assert.equal((await send(server.url, `GET ${prefix}/find?q=`)).status, 400)
    assert.equal((await send(server.url, `GET ${prefix}/find?q=${'x'.repeat(100)}`)).status, 200)
    assert.equal((await send(server.url, `GET ${prefix}/find?q=${'x'.repeat(101)}`)).status, 400)
  }
})
