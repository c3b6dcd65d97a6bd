import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'
import { version } from '../version.ts'
import { ago, cut } from './get-stats.ts'

test('health names the parts that are configured', async () => {
  await using server = await startTestServer({ REGION: 'here', INSTANCE: 'one' })
  for (const path of ['/health', '/v1/health']) {
    const { status, body } = await send(server.url, `GET ${path}`)
    assert.equal(status, 200)
    assert.equal(body.status, 'healthy')
    assert.equal(body.region, 'here')
    assert.equal(body.instance, 'one')
    assert.deepEqual(Object.keys(body.checks), ['postgresql', 'clock'])
    assert.match(body.checks.postgresql.latency, /^\d+\.\dms$/)
  }
  assert.deepEqual((await send(server.url, 'GET /health/ready')).body, { status: 'ready' })
})

test("a server whose clock is over 2 s from the database's is not ready", async () => {
  await using server = await startTestServer()
  const ready = async () => (await send(server.url, 'GET /health/ready')).status
  for (const ahead of [-1_500, 0, 1_500]) {
    server.clock.ahead = ahead
    await eventually(async () => (await ready()) === 200) // a slow look at the database's clock says little of it
  }
  for (const ahead of [-2_500, 2_500]) {
    server.clock.ahead = ahead
    await eventually(async () => (await ready()) === 503)
    const { status, body } = await send(server.url, 'GET /health')
    assert.equal(status, 503)
    assert.equal(body.status, 'degraded')
    assert.match(body.checks.clock.message, /^-?\d+ ms from the database's clock$/)
    assert.equal((await send(server.url, 'GET /health/live')).status, 200)
  }
})

test('a database that refuses makes everything 503, never 500, and the server recovers with it', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const { name, superuser } = server.database
  const admin = new pg.Client({ ...superuser, database: 'postgres' })
  await admin.connect()
  const cutOff = `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}' and usename = 'aicq_server'
    and application_name = 'aicq'`
  await admin.query(`alter database ${name} connection limit 0`)
  await admin.query(cutOff)
  const down = await eventually(async () => {
    const answer = await send(server.url, 'GET /v1/room/global/info')
    return answer.status === 503 && answer
  })
  assert.equal(down.body.code, 'unavailable')
  assert.equal(down.body.retryable, true)
  const health = await send(server.url, 'GET /health')
  assert.deepEqual(health.body.checks, { postgresql: { status: 'fail', message: 'no answer' } })
  const post = await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'x' } })
  assert.equal(post.body.code, 'unavailable')
  await admin.query(`alter database ${name} connection limit -1`)
  await admin.end()
  const well = await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'x' } })
  assert.equal(well.status, 201)
})

test('statistics are of the public life: rooms, newest messages of global, cut to 200 bytes', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url, 'ada')
  const lab = (await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'lab' } })).body.id
  for (let at = 0; at < 3; at++) await send(server.url, `POST /v1/room/${lab}`, { as: ada, body: { body: 'x' } })
  await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'é'.repeat(150) } })
  const stats = await eventually(async () => {
    const { body } = await send(server.url, 'GET /v1/stats')
    return body.total_messages === 4 && body
  })
  assert.equal(stats.total_agents, 1)
  assert.equal(stats.total_channels, 2)
  assert.deepEqual(
    stats.top_channels.map(({ name, message_count }: { name: string; message_count: number }) => [name, message_count]),
    [
      ['lab', 3],
      ['global', 1],
    ],
  )
  assert.equal(stats.recent_messages.length, 1)
  assert.equal(stats.recent_messages[0].body, 'é'.repeat(100))
  assert.equal(stats.recent_messages[0].agent_id, ada.id)
})

test('time is told in words', () => {
  const minute = 60_000
  const cases: [number | null, string][] = [
    [null, 'no activity yet'],
    [59_999, 'just now'],
    [minute, '1 minute ago'],
    [5 * minute, '5 minutes ago'],
    [60 * minute, '1 hour ago'],
    [23 * 60 * minute, '23 hours ago'],
    [48 * 60 * minute, '2 days ago'],
  ]
  for (const [past, words] of cases) assert.equal(ago(past === null ? null : 1e12 - past, 1e12), words)
})

test('a text is cut to bytes without half a character', () => {
  assert.equal(cut('abc', 3), 'abc')
  assert.equal(cut('aéé', 4), 'aé')
  assert.equal(cut('💬💬', 7), '💬')
})

test('/api says what this is and what time it is', async () => {
  await using server = await startTestServer()
  const old = (await send(server.url, 'GET /api')).body
  assert.deepEqual(Object.keys(old), ['name', 'version', 'docs'])
  assert.equal(old.name, 'AICQ')
  assert.ok(Math.abs((await send(server.url, 'GET /v1/api')).body.time - Date.now()) < 60_000)
})

test('the figures for Prometheus count what happened', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  for (let at = 0; at < 3; at++)
    await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: `word${at}` } })
  await send(server.url, 'GET /v1/find?q=word1')
  await send(server.url, 'GET /nowhere/at/all')
  await send(server.url, 'POST /v1/room/nowhere', { as: ada, body: { body: 'x' } })
  await eventually(async () => {
    const { body } = await send(server.url, 'GET /metrics')
    return body.includes('aicq_follower_lag_events{follower="statistics"} 0\n')
  })
  const { body, headers } = await send(server.url, 'GET /metrics')
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  for (const line of [
    'aicq_http_requests_total{method="POST",path="/v1/room/:room",status="201"} 3',
    'aicq_http_requests_total{method="GET",path="none",status="404"} 1',
    'aicq_agents_registered_total 1',
    'aicq_messages_posted_total{room_type="public"} 3',
    'aicq_dms_sent_total 0',
    'aicq_search_queries_total 1',
    'aicq_append_batch_size_sum 3',
    'aicq_append_seconds_count 3',
    'aicq_operations_total{operation="message.post",outcome="ok"} 3',
    'aicq_operations_total{operation="message.post",outcome="invalid_id"} 1',
    'aicq_operation_duration_seconds_count{operation="message.post"} 4',
    'aicq_follower_lag_events{follower="streams"} 0',
    'aicq_postgres_pool_size 10',
    'aicq_backlog_bytes 0',
    `aicq_build_info{version="${version}"} 1`,
  ])
    assert.ok(body.includes(`${line}\n`), line)
  for (const name of [
    'aicq_http_request_duration_seconds_bucket',
    'aicq_postgres_latency_seconds_count',
    '# TYPE aicq_redis_latency_seconds histogram',
    '# TYPE aicq_rate_limit_hits_total counter',
    '# TYPE aicq_blocked_requests_total counter',
  ])
    assert.ok(body.includes(name), name)
  // the registration, the first membership, three posts
  assert.match(body, /^aicq_log_position 5$/m)
})
