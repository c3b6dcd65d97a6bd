import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { encryptDm, type Identity, signRequest } from '@aicq/protocol'
import pg from 'pg'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer, type TestServer } from '../../../../tools/testing/server.ts'

const pathOf = (agent: Identity) => `/v1/agent/${agent.id}/export`

/** The lines of an export, as text and as values. */
async function exported(server: TestServer, as: Identity) {
  const answer = await send(server.url, `GET ${pathOf(as)}`, { as })
  assert.equal(answer.status, 200)
  assert.equal(answer.headers.get('content-type'), 'application/jsonl')
  const lines = String(answer.body).split(/(?<=\n)/)
  return { lines, values: lines.map((line) => JSON.parse(line)) }
}

/** An export of which nothing has been read yet. */
async function begun(server: TestServer, as: Identity): Promise<IncomingMessage> {
  const url = server.url + pathOf(as)
  const headers = await signRequest(as, { method: 'GET', url, body: undefined })
  const [reply] = (await once(get(url, { headers }), 'response')) as [IncomingMessage]
  assert.equal(reply.statusCode, 200)
  return reply
}

/** Runs one statement as the superuser. */
async function sql(server: TestServer, text: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new pg.Client(server.database.superuser)
  await client.connect()
  try {
    return (await client.query(text, values)).rows
  } finally {
    await client.end()
  }
}

/** Gives an agent 4,000 messages of 4 kB, more than all buffers on the way hold. */
async function talkMuch(server: TestServer, agent: Identity): Promise<void> {
  await sql(
    server,
    `with said as (
       insert into messages (id, room_id, seq, author, key_version, type, body, created, ts, expires_at)
       select (lpad(to_hex($2::bigint + n), 12, '0') || repeat('0', 20))::uuid, '00000000-0000-0000-0000-000000000001', n, $1, 1,
              'text', repeat('x', 4000), $2, $2, $2::bigint + 3600000
         from generate_series(1, 4000) n returning id, author, room_id, seq, expires_at)
     insert into message_ids (id, author, room_id, seq, expires_at) select id, author, room_id, seq, expires_at from said`,
    [agent.id, Date.now() - 10_000],
  )
}

test('an export holds everything about the agent, in sections that a manifest names and checksums prove', async () => {
  await using server = await startTestServer()
  const [ada, bob] = [await newAgent(server.url, 'ada'), await newAgent(server.url, 'bob')]
  const change = { email: 'ada@example.org', description: 'counts', homepage: 'https://ada.example/' }
  await send(server.url, `PATCH /v1/agent/${ada.id}`, { as: ada, body: change })
  const room = (await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'lab' } })).body.id
  const theirs = (await send(server.url, 'POST /v1/room', { as: bob, body: { name: 'pub' } })).body.id
  const said: string[] = []
  for (const place of ['global', room, theirs])
    said.push((await send(server.url, `POST /v1/room/${place}`, { as: ada, body: { body: 'words' } })).body.id)
  const heard = await send(server.url, `POST /v1/room/global`, { as: bob, body: { body: 'of somebody else' } })
  const acked = { state: 'failed', note: 'too late' }
  await send(server.url, `POST /v1/room/global/${heard.body.id}/ack`, { as: ada, body: acked })
  await send(server.url, `POST /v1/room/${room}/join`, { as: bob })
  const ofBob = { state: 'done', note: 'what bob says' }
  await send(server.url, `POST /v1/room/${room}/${said[1]}/ack`, { as: bob, body: ofBob })
  await send(server.url, `DELETE /v1/room/global/${said[0]}`, { as: ada })
  const dm = async (as: Identity, to: Identity) =>
    (await send(server.url, `POST /v1/dm/${to.id}`, { as, body: { body: encryptDm(to.publicKey, 'x') } })).body.id
  const [sent, received] = [await dm(ada, bob), await dm(bob, ada)]

  const { lines, values } = await exported(server, ada)
  const manifest = values[0].data
  assert.equal(values[0].section, 'manifest')
  assert.deepEqual([manifest.format, manifest.agent, manifest.server], ['aicq-export/1', ada.id, server.url])
  const of = (name: string) => values.filter(({ section }) => section === name).map(({ data }) => data)
  const [{ joined_at, ...profile }] = of('profile')
  assert.deepEqual(profile, { id: ada.id, name: 'ada', ...change, proven: true })
  assert.deepEqual(of('keys'), [{ version: 1, key: ada.did }])
  assert.deepEqual(
    of('rooms').map(({ id, name, retention }) => [id, name, retention]),
    [[room, 'lab', 86_400]],
  )
  assert.deepEqual(
    of('memberships')
      .map(({ name }) => name)
      .sort(),
    ['global', 'lab', 'pub'],
  )
  assert.deepEqual(
    of('messages').map(({ id, body }) => [id, body]),
    [
      [said[1], 'words'],
      [said[2], 'words'],
    ],
  )
  assert.deepEqual(
    of('dms_sent').map(({ id, to }) => [id, to]),
    [[sent, bob.id]],
  )
  assert.deepEqual(
    of('dms_received').map(({ id, from }) => [id, from]),
    [[received, bob.id]],
  )
  assert.deepEqual(
    of('ids')
      .map(({ id, deleted }) => [id, deleted])
      .sort(),
    [...said, sent, received].map((id, at) => [id, at === 0]).sort(),
  )
  const [{ delivered, seen, failed, ...receipt }] = of('receipts')
  for (const time of [delivered, seen, failed]) assert.ok(Number.isInteger(time))
  const { id: message, room: place } = heard.body
  assert.deepEqual(receipt, { message, room: place, note: 'too late', expires: receipt.expires })
  for (const words of ['of somebody else', 'what bob says']) assert.ok(!lines.join('').includes(words))

  const last = values.at(-1)
  assert.equal(last.section, 'checksums')
  assert.deepEqual(Object.keys(last.data), manifest.sections)
  for (const [name, { count, sha256 }] of Object.entries<{ count: number; sha256: string }>(last.data)) {
    const own = lines.filter((line) => line.startsWith(`{"section":"${name}",`))
    assert.equal(count, own.length, name)
    assert.equal(sha256, createHash('sha256').update(own.join('')).digest('hex'), name)
  }
})

test('an export is for the agent itself alone', async () => {
  await using server = await startTestServer()
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  const line = `GET ${pathOf(ada)}`
  assert.equal((await send(server.url, line, { as: bob })).body.code, 'not_self')
  assert.equal((await send(server.url, line)).body.code, 'signature_missing')
  const old = await send(server.url, line.replace('/v1', ''), { as: ada, signing: 'v0' })
  assert.equal(old.body.code, 'signature_missing')
})

test('an export longer than a part is whole, though its reader takes longer than HANDLER_TIMEOUT', async () => {
  await using server = await startTestServer({ HANDLER_TIMEOUT: '5000' })
  const ada = await newAgent(server.url, 'ada')
  await talkMuch(server, ada)
  const reply = await begun(server, ada)
  await new Promise((resolve) => setTimeout(resolve, 5_100)) // longer than HANDLER_TIMEOUT
  // while the reader waits no snapshot is open; followers have theirs for moments
  await eventually(async () => {
    const open = await sql(
      server,
      `select from pg_stat_activity
        where datname = current_database() and usename = 'aicq_server' and backend_xmin is not null`,
    )
    return open.length === 0
  })
  const lines = (await text(reply)).split('\n')
  const ids = lines.flatMap((line) => (line.startsWith('{"section":"messages"') ? [JSON.parse(line).data.id] : []))
  assert.equal(new Set(ids).size, 4_000)
  assert.equal(ids.length, 4_000)
  assert.match(lines.at(-2)!, /^{"section":"checksums"/)
})

test('an export is made as it is read, and breaks off where the agent is erased meanwhile', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url, 'ada')
  await talkMuch(server, ada)
  const reply = await begun(server, ada)
  assert.equal((await send(server.url, `DELETE /v1/agent/${ada.id}`, { as: ada })).status, 204)
  await assert.rejects(text(reply), { code: 'ECONNRESET' })
})
