import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newMessageId } from '@aicq/protocol'
import pg from 'pg'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

test('a signed write looks for its nonce, and a retry for its message, by an index: no table is read from end to end', async () => {
  await using server = await startTestServer({ DATABASE_POOL_SIZE: '2' })
  const ada = await newAgent(server.url)
  const client = new pg.Client(server.database.superuser)
  await client.connect()
  await using closing = new AsyncDisposableStack()
  closing.defer(() => client.end())
  const scans = async () => {
    const { rows } = await client.query(
      `select sum(seq_scan)::int as whole, sum(idx_scan)::int as probes from pg_stat_user_tables
        where relname like 'nonces_%' or relname like 'messages_%'`,
    )
    return rows[0] as { whole: number; probes: number }
  }
  const before = await scans()
  const times = 12
  for (let n = 0; n < times; n++) {
    const post = { as: ada, body: { body: `number ${n}`, id: newMessageId() } }
    assert.equal((await send(server.url, 'POST /v1/room/global', post)).status, 201)
    assert.equal((await send(server.url, 'POST /v1/room/global', post)).status, 200)
    assert.equal((await send(server.url, `PATCH /v1/agent/${ada.id}`, { as: ada, body: { name: `${n}` } })).status, 200)
  }
  // sessions report what they did with what they do next, once a second at most
  await eventually(async () => {
    await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'and more' } })
    return (await scans()).probes - before.probes >= 2 * 3 * times
  })
  const { whole } = await scans()
  assert.ok(whole - before.whole < times, `${whole - before.whole} reads of whole tables in ${3 * times} writes`)
})
