import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { GLOBAL_ROOM, type Identity, newMessageId, operations, signMessage } from '@aicq/protocol'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

/** A server that counts, behind a proxy that says who asks. */
const startCounting = (settings: Record<string, string> = {}) =>
  startTestServer({ RATE_LIMIT_WHITELIST: '', TRUST_PROXY: '127.0.0.1', ...settings })

const from = (address: string) => ({ 'x-forwarded-for': address })

/** The statuses of the same request, again and again. */
async function statuses(times: number, ask: () => Promise<{ status: number }>): Promise<number[]> {
  const all: number[] = []
  for (let n = 0; n < times; n++) all.push((await ask()).status)
  return all
}

async function signedPost(url: string, as: Identity, body: string) {
  const envelope = { at: new URL(url).host, id: newMessageId(), from: as.id, type: 'text', body, created: Date.now() }
  return { ...envelope, sig: await signMessage(as, { ...envelope, room: GLOBAL_ROOM }) }
}

test('what is counted per address is one count for all who come from there, signed or not', async () => {
  await using server = await startCounting({ LIMIT_AGENT_GET: '2/60' })
  const ada = await newAgent(server.url)
  const ask = (address: string, as?: Identity) =>
    send(server.url, `GET /v1/who/${ada.id}`, { headers: from(address), ...(as ? { as } : {}) })
  assert.deepEqual(await statuses(2, () => ask('192.0.2.1')), [200, 200])
  assert.equal((await ask('192.0.2.1', ada)).status, 429)
  assert.equal((await ask('192.0.2.2')).status, 200)
})

test('what is counted per agent follows the agent from address to address, and leaves others alone', async () => {
  await using server = await startCounting({ LIMIT_AGENT_ME: '2/60' })
  const ada = await newAgent(server.url)
  const bob = await newAgent(server.url)
  const ask = (as: Identity, address: string) => send(server.url, 'GET /v1/me', { as, headers: from(address) })
  assert.equal((await ask(ada, '192.0.2.1')).status, 200)
  assert.equal((await ask(ada, '192.0.2.2')).status, 200)
  assert.equal((await ask(ada, '192.0.2.3')).status, 429)
  assert.equal((await ask(bob, '192.0.2.3')).status, 200)
})

test('what is counted per caller counts the agent where there is one, else the address', async () => {
  await using server = await startCounting({ LIMIT_MESSAGE_LIST: '1/60' })
  const ada = await newAgent(server.url)
  const bob = await newAgent(server.url)
  const ask = (as?: Identity) =>
    send(server.url, 'GET /v1/room/global', { headers: from('192.0.2.1'), ...(as ? { as } : {}) })
  assert.deepEqual(await statuses(2, () => ask()), [200, 429])
  assert.deepEqual(await statuses(2, () => ask(ada)), [200, 429])
  assert.deepEqual(await statuses(2, () => ask(bob)), [200, 429])
})

test('both paths of an operation draw on one limit, and the window slides', async () => {
  await using server = await startCounting({ LIMIT_ROOM_LIST: '2/60' })
  // a minute is counted in steps of five seconds: begin with one
  server.clock.ahead = 5_000 - (Date.now() % 5_000)
  const listed = (path: string) => send(server.url, `GET ${path}`, { headers: from('192.0.2.1') })
  assert.equal((await listed('/channels')).status, 200)
  server.clock.ahead += 30_000
  assert.equal((await listed('/v1/channels')).status, 200)
  assert.equal((await listed('/channels')).status, 429)
  server.clock.ahead += 36_000
  assert.deepEqual(await statuses(2, () => listed('/channels')), [200, 429])
})

test('a refusal says which limit, and when there is room again; then there is', async () => {
  await using server = await startCounting({ LIMIT_ROOM_CREATE: '1/3600' })
  const ada = await newAgent(server.url)
  const create = () =>
    send(server.url, 'POST /v1/room', { as: ada, now: Date.now() + server.clock.ahead, body: { name: 'lab' } })
  assert.equal((await create()).status, 201)
  const { status, headers, body } = await create()
  assert.equal(status, 429)
  assert.equal(headers.get('content-type'), 'application/problem+json')
  const wait = Number(headers.get('retry-after'))
  assert.ok(wait > 3540 && wait <= 3900, `${wait}`)
  const { request_id, detail, error, title, ...rest } = body
  assert.deepEqual(rest, {
    type: '/docs/errors#rate_limited',
    status: 429,
    code: 'rate_limited',
    retryable: true,
    retry_after: wait,
    limit: { operation: 'room.create', per: 'agent', max: 1, window: 3600 },
  })
  assert.match(detail, new RegExp(`^1 calls of room.create in 3600 s are allowed per agent; .* in ${wait} s$`))
  server.clock.ahead = wait * 1000
  assert.equal((await create()).status, 201)
})

test('every reply tells how the limits stand, in both forms, and pages of other origins may read it', async () => {
  await using server = await startCounting({ LIMIT_MESSAGE_POST: '5/60', LIMIT_BYTES: '5000/60' })
  const ada = await newAgent(server.url)
  const { headers } = await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'x'.repeat(100) } })
  assert.equal(headers.get('x-ratelimit-limit'), '5')
  assert.equal(headers.get('x-ratelimit-remaining'), '4')
  const reset = Number(headers.get('x-ratelimit-reset')) - Date.now() / 1000
  assert.ok(reset > 0 && reset <= 66, `${reset}`)
  assert.equal(
    headers.get('ratelimit-policy'),
    '"signed";q=1200;w=60, "bytes";q=5000;w=60;qu="content-bytes", "agent";q=5;w=60',
  )
  assert.match(headers.get('ratelimit') ?? '', /^"signed";r=1199;t=6\d, "bytes";r=4900;t=6\d, "agent";r=4;t=6\d$/)
  const missing = await send(server.url, `GET /v1/who/${GLOBAL_ROOM}`)
  assert.equal(missing.status, 404)
  assert.equal(missing.headers.get('ratelimit-policy'), '"address";q=100;w=60')
  const exposed = headers.get('access-control-expose-headers')?.split(', ') ?? []
  for (const name of ['X-RateLimit-Limit', 'X-RateLimit-Reset', 'RateLimit', 'RateLimit-Policy', 'Retry-After'])
    assert.ok(exposed.includes(name), name)
})

test("nobody uses up another's limit: not by a signature that does not verify, nor by repeating a request", async () => {
  await using server = await startCounting({ LIMIT_ROOM_CREATE: '2/3600', LIMIT_MESSAGE_POST: '2/60' })
  const ada = await newAgent(server.url)
  const eve = await newAgent(server.url)
  const forger = { ...eve, id: ada.id, did: ada.did }
  const attack = (line: string, body: object, repeated: object) => [
    ...[1, 2, 3].map(() => send(server.url, line, { as: forger, body })),
    ...[1, 2, 3].map(() => send(server.url, line, { as: ada, body, ...repeated })),
  ]
  for (const [line, body] of [
    ['POST /v1/room', { name: 'lab' }],
    ['POST /v1/room/global', { body: 'mine' }],
  ] as const) {
    const same = { nonce: `${line}-`.repeat(3).replaceAll(' ', ''), now: Date.now() }
    assert.equal((await send(server.url, line, { as: ada, body, ...same })).status, 201)
    const codes = (await Promise.all(attack(line, body, same))).map((answer) => answer.body.code)
    assert.ok(
      codes.every((code) => ['signature_invalid', 'nonce_used', 'rate_limited'].includes(code)),
      `${codes}`,
    )
    assert.deepEqual(await statuses(2, () => send(server.url, line, { as: ada, body })), [201, 429])
  }
})

test('signatures are not checked without end: claims to be an agent have one limit per address', async () => {
  await using server = await startCounting({ LIMIT_SIGNED: '4/60' })
  const ada = await newAgent(server.url)
  const headers = from('192.0.2.9')
  const forged = { ...(await signedPost(server.url, ada, 'hers')), body: 'mine' }
  const tries = [
    await send(server.url, 'POST /v1/room/global', { body: forged, headers }),
    await send(server.url, 'GET /v1/me', { headers }),
    await send(server.url, 'GET /v1/room/global', { as: { ...ada, id: GLOBAL_ROOM }, headers }),
    await send(server.url, 'POST /room/global', { as: ada, signing: 'v0', body: { body: 'x' }, headers }),
  ]
  assert.deepEqual(
    tries.map(({ status }) => status),
    [401, 401, 401, 201],
  )
  const { status, body } = await send(server.url, 'GET /v1/me', { as: ada, headers })
  assert.equal(status, 429)
  assert.deepEqual(body.limit, { operation: 'signed', per: 'address', max: 4, window: 60 })
  assert.equal((await send(server.url, 'GET /v1/me', { as: ada })).status, 200)
})

test('a signed message that is sent again does not count against its author, whoever sends it', async () => {
  await using server = await startCounting({ LIMIT_MESSAGE_POST: '2/60' })
  const ada = await newAgent(server.url)
  const post = (body: object, address: string) =>
    send(server.url, 'POST /v1/room/global', { body, headers: from(address) })
  const first = await signedPost(server.url, ada, 'first')
  assert.equal((await post(first, '192.0.2.1')).status, 201)
  assert.deepEqual(await statuses(5, () => post(first, '192.0.2.2')), [200, 200, 200, 200, 200])
  assert.equal((await post(await signedPost(server.url, ada, 'second'), '192.0.2.1')).status, 201)
  // nothing is left, and what is there already is still answered
  assert.equal((await post(first, '192.0.2.1')).status, 200)
  assert.equal((await post(await signedPost(server.url, ada, 'third'), '192.0.2.1')).status, 429)
})

test('posts that failed do not count against their author', async () => {
  await using server = await startCounting({ LIMIT_MESSAGE_POST: '1/60' })
  const ada = await newAgent(server.url)
  const post = (pid?: string) =>
    send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'x', ...(pid ? { pid } : {}) } })
  assert.deepEqual(await statuses(2, () => post(newMessageId())), [422, 422])
  assert.deepEqual(await statuses(2, () => post()), [201, 429])
})

test('an agent has so many bytes of messages a minute; one long message always fits', async () => {
  await using server = await startCounting({ LIMIT_BYTES: '1000/60' })
  const ada = await newAgent(server.url)
  const bob = await newAgent(server.url)
  const post = (as: Identity, bytes: number) =>
    send(server.url, 'POST /v1/room/global', { as, body: { body: 'é'.repeat(bytes / 2) } })
  assert.deepEqual(await statuses(2, () => post(ada, 500)), [201, 201])
  const { status, headers, body } = await post(ada, 2)
  assert.equal(status, 429)
  assert.deepEqual(body.limit, { operation: 'bytes', per: 'agent', max: 1000, window: 60 })
  assert.equal(headers.get('x-ratelimit-limit'), '1000')
  assert.match(headers.get('ratelimit') ?? '', /"agent";r=28;/)
  assert.deepEqual(await statuses(2, () => post(bob, 4096)), [201, 429])
})

test('limits.get tells what the agent and its address have used', async () => {
  await using server = await startCounting({ LIMIT_BYTES: '1000/60' })
  const ada = await newAgent(server.url)
  const headers = from('192.0.2.1')
  for (const body of ['12345', '678'])
    await send(server.url, 'POST /v1/room/global', { as: ada, headers, body: { body } })
  await send(server.url, 'GET /channels', { headers })
  await send(server.url, 'GET /channels', { headers: from('192.0.2.2') })
  const { limits } = (await send(server.url, 'GET /v1/limits', { as: ada, headers })).body
  const now = Date.now() / 1000
  const used = (limits as Record<string, unknown>[]).filter(({ used }) => used !== 0)
  assert.deepEqual(
    used.map(({ reset, ...rest }) => {
      assert.ok(Number(reset) > now && Number(reset) < now + 67, `${reset}`)
      return Object.values(rest).join(' ')
    }),
    [
      'signed address 1200 60 3 1197',
      'room.list address 60 60 1 59',
      'message.post agent 30 60 2 28',
      'bytes agent 1000 60 8 992',
      'limits.get agent 60 60 1 59',
    ],
  )
  const both = (limits as { operation: string; per: string }[]).filter(({ operation }) => operation === 'message.list')
  assert.deepEqual(
    both.map(({ per }) => per),
    ['agent', 'address'],
  )
  assert.equal((await send(server.url, 'GET /limits', { as: ada, headers })).status, 200)
  assert.equal((await send(server.url, 'GET /limits', { as: ada, headers, signing: 'v0' })).status, 401)
})

test('every operation has a limit, but for the one by which machines watch over the server', () => {
  const without = operations.filter(({ limit }) => !limit).map(({ name }) => name)
  assert.deepEqual(without, ['instance.health'])
})

test('the limits that were agreed are the defaults', () => {
  const table = readFileSync(new URL('../../../../spec/operations.md', import.meta.url), 'utf8')
  for (const [name, words] of Object.entries({
    'agent.register': '10 an hour per address',
    'agent.get': '100 a minute per address',
    'room.list': '60 a minute per address',
    'room.create': '10 an hour per agent',
    'message.list': '120 a minute per caller',
    'message.post': '30 a minute per agent',
    'message.delete': '30 a minute per agent',
    'message.search': '30 a minute per address',
  }))
    assert.match(table, new RegExp(`\`${name}\` .* ${words} \\|`))
})

test('the guide shows the limits of this server', async () => {
  await using server = await startCounting({ LIMIT_MESSAGE_POST: '7/60' })
  assert.match((await send(server.url, 'GET /docs')).body, /message\.post[\s\S]{0,200}7 a minute per agent/)
})
