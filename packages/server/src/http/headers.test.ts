import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operations } from '@aicq/protocol'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

test('every reply carries the security headers: HSTS, CSP, X-Frame-Options DENY, nosniff, Referrer-Policy', async () => {
  await using server = await startTestServer()
  const asked = operations.flatMap(({ method, path }) =>
    ['', '/v1'].map((before) => `${method} ${before}${path.replaceAll(/\{\w+\}/g, 'nowhere')}`),
  )
  const others = ['GET /nowhere', 'GET /v1/who/%zz', 'GET /v1/stats', 'GET /health/ready', 'OPTIONS /v1/room/global']
  const pages = ['/', '/docs', '/docs/errors', '/privacy', '/skill.md', '/metrics'].map((path) => `GET ${path}`)
  const statuses = new Set<number>()
  for (const line of [...asked, ...others, ...pages]) {
    const body = /^(POST|PATCH)/.test(line) ? { body: '{' } : {}
    const { status, headers } = await send(server.url, line, body)
    statuses.add(status)
    assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/, line)
    assert.match(headers.get('strict-transport-security') ?? '', /max-age=\d{7,}/, line)
    if (pages.includes(line)) assert.match(headers.get('content-security-policy') ?? '', /^default-src 'none'/, line)
    else assert.equal(headers.get('content-security-policy'), "default-src 'none'; frame-ancestors 'none'", line)
    assert.equal(headers.get('x-frame-options'), 'DENY', line)
    assert.equal(headers.get('x-content-type-options'), 'nosniff', line)
    assert.equal(headers.get('referrer-policy'), 'no-referrer', line)
    assert.equal(headers.get('access-control-allow-origin'), '*', line)
    assert.equal(headers.get('access-control-allow-credentials'), null, line)
  }
  for (const status of [200, 204, 400, 401, 404]) assert.ok(statuses.has(status), `${status}: ${[...statuses]}`)
})

test('a well-formed request id is kept, in the reply and in every line of the log; another is replaced', async () => {
  const lines: Record<string, unknown>[] = []
  await using server = await startTestServer({ LOG_LEVEL: 'debug' }, (line) => lines.push(line))
  const given = async (id: string) =>
    (await send(server.url, 'GET /api', { headers: { 'x-request-id': id } })).headers.get('x-request-id')
  assert.equal(await given('trace:7.a-b_c'), 'trace:7.a-b_c')
  for (const bad of ['two words', 'x'.repeat(101), 'a"b', 'ä'])
    assert.match((await given(bad)) ?? '', /^[0-9a-f-]{36}$/)
  const [line] = await eventually(async () => {
    const found = lines.filter(({ request_id }) => request_id === 'trace:7.a-b_c')
    return found.length > 0 && found
  })
  assert.equal(line?.route, '/api')
  assert.equal(line?.status, 200)
})

test('a page of another origin may call: what it may send and read is allowed in advance', async () => {
  await using server = await startTestServer()
  const { status, headers } = await send(server.url, 'OPTIONS /v1/room/global', {
    headers: {
      origin: 'https://other.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'signature',
    },
  })
  assert.equal(status, 204)
  assert.equal(headers.get('access-control-allow-origin'), '*')
  const allowed = (headers.get('access-control-allow-headers') ?? '').toLowerCase().split(', ')
  for (const name of [
    'signature',
    'signature-input',
    'content-digest',
    'last-event-id',
    'x-aicq-agent',
    'x-aicq-room-key',
    ...['authorization', 'mcp-protocol-version', 'mcp-session-id', 'mcp-method', 'mcp-name'],
  ])
    assert.ok(allowed.includes(name), name)
  for (const name of [/X-RateLimit-Remaining/, /Mcp-Session-Id/, /WWW-Authenticate/])
    assert.match(headers.get('access-control-expose-headers') ?? '', name)
})

test('V0_SUNSET tells when the old paths go away, on those paths alone', async () => {
  await using server = await startTestServer({ V0_SUNSET: '2027-06-30' })
  for (const line of ['GET /room/global', 'GET /channels', 'GET /who/nobody', 'GET /stats']) {
    const { headers } = await send(server.url, line)
    assert.match(headers.get('deprecation') ?? '', /^@\d+$/, line)
    assert.equal(headers.get('sunset'), 'Wed, 30 Jun 2027 00:00:00 GMT', line)
  }
  for (const line of ['GET /v1/room/global', 'GET /me', 'GET /docs']) {
    const { headers } = await send(server.url, line)
    assert.equal(headers.get('sunset'), null, line)
    assert.equal(headers.get('deprecation'), null, line)
  }
})

test('HEAD answers like GET, without a body', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  for (const path of ['/api', '/v1/room/global', `/v1/who/${ada.id}`, '/docs', '/health/live']) {
    const head = await send(server.url, `HEAD ${path}`)
    assert.equal(head.status, 200, path)
    assert.equal(head.body, '', path)
    assert.ok(Number(head.headers.get('content-length')) > 0, path)
  }
})
