import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer, type TestServer } from '../../../../tools/testing/server.ts'

/** A server on which the second look at the rooms within a minute is one too many. */
const startStrict = (settings: Record<string, string> = {}, log?: (line: Record<string, unknown>) => void) =>
  startTestServer({ RATE_LIMIT_WHITELIST: '', TRUST_PROXY: '1', LIMIT_ROOM_LIST: '1/60', ...settings }, log)

const look = (server: TestServer, forwarded?: string) =>
  send(server.url, 'GET /v1/channels', forwarded === undefined ? {} : { headers: { 'x-forwarded-for': forwarded } })

/** So many refusals, after the one look that is allowed. */
async function violate(server: TestServer, times: number, forwarded?: string): Promise<void> {
  for (let n = 0; n <= times; n++) await look(server, forwarded)
}

const minute = 60_000
const day = 24 * 60 * minute

test('ten violations in an hour block the address for a day, whoever asks from there; health goes on', async () => {
  await using server = await startStrict()
  const ada = await newAgent(server.url)
  await violate(server, 9, '192.0.2.1')
  assert.equal((await look(server, '192.0.2.1')).status, 429)
  const { status, body, headers } = await look(server, '192.0.2.1')
  assert.equal(status, 403)
  assert.equal(body.code, 'address_blocked')
  assert.equal(body.retryable, false)
  assert.equal(headers.get('retry-after'), String(body.retry_after))
  assert.ok(body.retry_after > 86_340 && body.retry_after <= 86_400, `${body.retry_after}`)
  assert.match(body.detail, /^192\.0\.2\.1 is blocked until 20\d\d-/)
  const there = { headers: { 'x-forwarded-for': '192.0.2.1' } }
  assert.equal((await send(server.url, 'GET /v1/me', { as: ada, ...there })).status, 403)
  assert.equal((await send(server.url, 'GET /health', there)).status, 200)
  assert.equal((await look(server, '192.0.2.2')).status, 200)
  assert.equal((await send(server.url, 'GET /v1/me', { as: ada })).status, 200)

  const figures = (await send(server.url, 'GET /metrics')).body
  assert.match(figures, /^aicq_rate_limit_hits_total\{endpoint="room\.list"\} 10$/m)
  assert.match(figures, /^aicq_blocked_requests_total\{reason="address_blocked"\} 2$/m)

  server.clock.ahead = day - minute
  assert.equal((await look(server, '192.0.2.1')).status, 403)
  server.clock.ahead = day + minute
  assert.equal((await look(server, '192.0.2.1')).status, 200)
})

test('violations that lie more than an hour apart do not add up', async () => {
  await using server = await startStrict()
  await violate(server, 9, '192.0.2.1')
  server.clock.ahead = 66 * minute
  await violate(server, 9, '192.0.2.1')
  assert.equal((await look(server, '192.0.2.1')).status, 429)
  assert.equal((await look(server, '192.0.2.1')).status, 403)
})

test('how many violations block, and for how long, are settings; blocking can be turned off', async () => {
  await using strict = await startStrict({ BLOCK_AFTER: '2/60', BLOCK_TIME: '90' })
  await violate(strict, 2, '192.0.2.1')
  assert.equal((await look(strict, '192.0.2.1')).status, 403)
  strict.clock.ahead = 91_000
  assert.equal((await look(strict, '192.0.2.1')).status, 200)
  await using mild = await startStrict({ AUTO_BLOCK_ENABLED: 'false' })
  await violate(mild, 12, '192.0.2.1')
  assert.equal((await look(mild, '192.0.2.1')).status, 429)
})

test('an address of the whitelist meets no limit and no block, and hears of none', async () => {
  await using server = await startStrict({
    RATE_LIMIT_WHITELIST: '10.0.0.0/8,2001:db8::/32,127.0.0.1',
    LIMIT_AGENT_ME: '1/60',
  })
  const ada = await newAgent(server.url)
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::1'])
    for (let n = 0; n < 13; n++) {
      const { status, headers } = await look(server, address)
      assert.equal(status, 200, address)
      assert.equal(headers.get('x-ratelimit-limit'), null)
    }
  const headers = { 'x-forwarded-for': '10.1.2.3' }
  for (let n = 0; n < 2; n++) assert.equal((await send(server.url, 'GET /v1/me', { as: ada, headers })).status, 200)
  assert.deepEqual((await send(server.url, 'GET /v1/limits', { as: ada, headers })).body, { limits: [] })
  await look(server, '11.0.0.1')
  assert.equal((await look(server, '11.0.0.1')).status, 429)
})

test('loopback is an address like another', async () => {
  await using server = await startStrict({ TRUST_PROXY: '' })
  await look(server)
  assert.equal((await look(server)).status, 429)
})

test('IPv6 counts by /64, and an IPv4 address in its IPv6 form is that address', async () => {
  await using server = await startStrict()
  assert.equal((await look(server, '2001:db8:1:2::1')).status, 200)
  assert.equal((await look(server, '2001:db8:1:2:ffff:ffff:ffff:ffff')).status, 429)
  assert.equal((await look(server, '2001:db8:1:3::1')).status, 200)
  assert.equal((await look(server, '192.0.2.1')).status, 200)
  assert.equal((await look(server, '::ffff:192.0.2.1')).status, 429)
})

test("the client's address comes from the socket unless TRUST_PROXY names the proxies, and what stands before them is not believed", async () => {
  for (const TRUST_PROXY of ['1', '127.0.0.1', '10.0.0.0/8, 127.0.0.0/8']) {
    await using server = await startStrict({ TRUST_PROXY })
    assert.equal((await look(server, '192.0.2.1')).status, 200, TRUST_PROXY)
    assert.equal((await look(server, '198.51.100.7, 192.0.2.1')).status, 429, TRUST_PROXY)
    assert.equal((await look(server, '127.0.0.1,198.51.100.8,  192.0.2.1:4711')).status, 429, TRUST_PROXY)
  }
  for (const TRUST_PROXY of ['0', '']) {
    await using alone = await startStrict({ TRUST_PROXY })
    await look(alone, '192.0.2.1')
    assert.equal((await look(alone, '192.0.2.2')).status, 429)
  }
  await using far = await startStrict({ TRUST_PROXY: '192.0.2.77' })
  await look(far, '192.0.2.1')
  assert.equal((await look(far, '192.0.2.2')).status, 429)
})

test('while a proxy may be there that nobody named, its address is limited and not blocked, and the log says so once', async () => {
  const lines: Record<string, unknown>[] = []
  await using server = await startStrict({ TRUST_PROXY: '', LOG_LEVEL: 'warn' }, (line) => lines.push(line))
  await violate(server, 12, '192.0.2.1')
  assert.equal((await look(server, '192.0.2.2')).status, 429)
  const warnings = lines.filter(({ msg }) => /TRUST_PROXY is not set/.test(String(msg)))
  assert.equal(warnings.length, 1)
  server.clock.ahead = 2 * minute
  await violate(server, 10)
  assert.equal((await look(server)).status, 403)
})
