import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer, type TestServer } from '../../../../tools/testing/server.ts'

type Agent = Awaited<ReturnType<typeof newAgent>>

const say = (server: TestServer, as: Agent, body: string) =>
  send(server.url, 'POST /v1/room/global', { as, body: { body }, now: Date.now() + server.clock.ahead })
const sync = (server: TestServer, as: Agent, query = '') =>
  send(server.url, `GET /v1/sync?${query}`, { as, now: Date.now() + server.clock.ahead })

/** That a cursor is refused, and that the one which comes with the refusal is good. */
async function refuses(server: TestServer, as: Agent, cursor: string, why: RegExp): Promise<void> {
  const { status, body } = await sync(server, as, `cursor=${cursor}`)
  assert.deepEqual([status, body.code], [410, 'resync_required'])
  assert.match(body.detail, why)
  await say(server, as, 'new')
  const next = await sync(server, as, `cursor=${body.cursor}`)
  assert.deepEqual(
    next.body.events.map(({ message }: { message?: { body: string } }) => message?.body),
    ['new'],
  )
}

test('what is not a cursor of this log is refused, with the cursor from which to begin again', async () => {
  await using server = await startTestServer()
  await using other = await startTestServer({ INSTANCE_SECRET: 'cd'.repeat(32) })
  const ada = await newAgent(server.url)
  await say(server, ada, 'one')
  const stranger = (await sync(other, await newAgent(other.url))).body.cursor
  for (const cursor of ['x', 'A'.repeat(86), stranger]) await refuses(server, ada, cursor, /not of this log/)
})

test('a cursor from before the first event goes on as long as the first event is kept', async () => {
  await using server = await startTestServer()
  const { cursor } = (await send(server.url, 'GET /v1/room/global')).body
  const ada = await newAgent(server.url)
  const { body } = await sync(server, ada, `cursor=${cursor}`)
  assert.deepEqual(
    body.events.map(({ type }: { type: string }) => type),
    ['agent.joined'],
  )
})

test('a cursor that is older than events are kept is refused', async () => {
  await using server = await startTestServer({ EVENT_RETENTION: String(2 * 86_400) })
  const ada = await newAgent(server.url)
  await say(server, ada, 'one')
  const { cursor } = (await sync(server, ada)).body
  server.clock.ahead = 86_400_000
  assert.equal((await sync(server, ada, `cursor=${cursor}`)).status, 200)
  server.clock.ahead = 2 * 86_400_000 + 1_000
  const now = (await sync(server, ada)).body.cursor
  assert.equal((await sync(server, ada, `cursor=${now}`)).status, 200)
  await say(server, ada, 'two')
  await refuses(server, ada, cursor, /older than events are kept/)
})

test('a cursor whose event is another one now, or is not there, is refused', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  await say(server, ada, 'one')
  const { cursor } = (await sync(server, ada)).body
  await server.stop()
  const client = new pg.Client(server.database.superuser)
  await client.connect()
  await client.query('update events set at = at + 1 where pos = (select pos from log_head)')
  await using again = await startTestServer(server.database.environment)
  await refuses(again, ada, cursor, /another history/)
  const last = (await sync(again, ada)).body.cursor
  await client.query('delete from events where pos = (select pos from log_head)')
  await again.stop()
  await client.end()
  await using third = await startTestServer(server.database.environment)
  await refuses(third, ada, last, /not there/)
})
