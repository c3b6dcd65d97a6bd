import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { operations } from '@aicq/protocol'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer, type TestServer } from '../../../../tools/testing/server.ts'

/** Every integer in a schema. */
function integersIn(schema: unknown): { readonly maximum?: number }[] {
  if (typeof schema !== 'object' || schema === null) return []
  const inside = Object.values(schema).flatMap(integersIn)
  return 'type' in schema && schema.type === 'integer' ? [schema as object, ...inside] : inside
}

/** What becomes of a post with such a body. */
async function posting(server: TestServer): Promise<(body: string) => Promise<string>> {
  const as = await newAgent(server.url)
  return async (body) => String((await send(server.url, 'POST /v1/room/global', { as, body })).body.code)
}

test('a body that is not called JSON is an unsupported media type', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const post = (type: string) =>
    send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'x' }, headers: { 'content-type': type } })
  for (const type of ['text/plain', 'application/jsonp', 'multipart/form-data; boundary=x']) {
    const { status, body } = await post(type)
    assert.equal(status, 415, type)
    assert.equal(body.code, 'unsupported_media_type', type)
  }
  assert.equal((await post('application/json; charset=utf-8')).status, 201)
})

test('a request body with a Content-Encoding is refused, whatever it says', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  for (const encoding of ['gzip', 'identity', 'br', 'zstd', '']) {
    const { status, body } = await send(server.url, 'POST /v1/room/global', {
      as: ada,
      body: { body: 'x' },
      headers: { 'content-encoding': encoding },
    })
    assert.equal(status, 415, encoding)
    assert.equal(body.code, 'unsupported_media_type', encoding)
  }
  const reply = await fetch(`${server.url}/v1/room/global`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    body: gzipSync('{}'),
  })
  assert.equal(reply.status, 415)
})

test('a request may have 8 KiB on the old paths and 16 KiB below /v1, not a byte more', async () => {
  await using server = await startTestServer()
  const padded = (bytes: number) => `{"body":"x"}`.padEnd(bytes)
  const post = async (path: string, bytes: number) =>
    (await send(server.url, `POST ${path}`, { body: padded(bytes) })).body.code
  assert.equal(await post('/room/global', 8192), 'signature_missing')
  assert.equal(await post('/room/global', 8193), 'request_too_large')
  assert.equal(await post('/v1/room/global', 16_384), 'signature_missing')
  const large = await send(server.url, 'POST /v1/room/global', { body: padded(16_385) })
  assert.equal(large.status, 413)
  assert.equal(large.body.code, 'request_too_large')
})

test('JSON with a key that is given twice is refused, however it is written', async () => {
  await using server = await startTestServer()
  const post = await posting(server)
  for (const body of ['{"body":"a","body":"b"}', '{"body":"a","\\u0062ody":"b"}', '{"body":"a","x":{"y":1,"y":1}}'])
    assert.equal(await post(body), 'invalid_json', body)
})

test('JSON that is nested beyond 32 levels is refused', async () => {
  await using server = await startTestServer()
  const post = await posting(server)
  const nested = (levels: number) => `{"body":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
  assert.equal(await post(nested(32)), 'invalid_request')
  for (const levels of [33, 40, 7_000]) assert.equal(await post(nested(levels)), 'invalid_json', `${levels}`)
})

test('JSON with a __proto__ key is refused, however it is written', async () => {
  await using server = await startTestServer()
  const post = await posting(server)
  for (const body of ['{"body":"a","__proto__":{}}', '{"body":"a","\\u005f_proto__":1}', '{"body":[{"__proto__":[]}]}'])
    assert.equal(await post(body), 'invalid_json', body)
})

test('a number beyond 2^53 is refused where an integer is expected', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  for (const beyond of ['9007199254740992', '9007199254740993', '1e400', '-9007199254740993', '18446744073709551616']) {
    const body = `{"body":"x","created":${beyond}}`
    const answer = await send(server.url, 'POST /v1/room/global', { as: ada, body })
    assert.equal(answer.body.code, 'invalid_request', beyond)
    assert.match(answer.body.detail, /body\.created/, beyond)
    for (const line of [`GET /v1/room/global?before=${beyond}`, `GET /v1/find?q=x&after=${beyond}`])
      assert.equal((await send(server.url, line)).body.code, 'invalid_request', line)
  }
  const integers = operations.flatMap(({ name, query, body, v0 }) =>
    [query, body, v0?.query, v0?.body].flatMap((part) => integersIn(part).map(({ maximum }) => ({ name, maximum }))),
  )
  assert.ok(integers.length > 20)
  assert.deepEqual(
    integers.filter(({ maximum = Number.POSITIVE_INFINITY }) => maximum > Number.MAX_SAFE_INTEGER),
    [],
  )
})

test('what is no JSON, or no object of the operation, is refused', async () => {
  await using server = await startTestServer()
  const post = await posting(server)
  for (const body of ['{"body":"a"', '{"body":"a"} x']) assert.equal(await post(body), 'invalid_json', body)
  for (const body of ['[]', '"text"', 'null', '7', '{"body":7}', '{}', '{"body":"a","more":1}', '{"body":""}'])
    assert.equal(await post(body), 'invalid_request', body)
  for (const body of ['{"body":"a\\u0000"}', '{"body":"\\ud800"}'])
    assert.match(await post(body), /^invalid_(request|json)$/, body)
})

test('JSON with invalid UTF-8 is refused', async () => {
  await using server = await startTestServer()
  const reply = await fetch(`${server.url}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  })
  assert.equal(reply.status, 400)
  assert.equal((await reply.json()).code, 'invalid_json')
})

test('an error names the member that is wrong, in what was sent', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const detail = async (line: string, body?: object) => (await send(server.url, line, { as: ada, body })).body.detail
  assert.match(await detail('POST /v1/room', { name: 7 }), /body\.name/)
  assert.match(await detail('POST /v1/room', { name: 'lab', shade: 'red' }), /body\.shade is not known/)
  assert.match(await detail('POST /v1/room', {}), /body\.name is missing/)
  assert.match(await detail('GET /v1/room/global?limit=many'), /query\.limit/)
  assert.match(await detail('GET /v1/room/global?limt=5'), /query\.limt is not known/)
  assert.match(await detail('GET /v1/room/nowhere/info'), /path\.room must be a UUID or "global"/)
})

test('the old wire is lenient: unknown members are ignored, numbers clamped, malformed ones take the default', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const v0 = { as: ada, signing: 'v0' } as const
  for (let at = 0; at < 3; at++)
    await send(server.url, 'POST /room/global', { ...v0, body: { body: 'm', mood: 'fine', pid: null } })
  const count = async (query: string) => (await send(server.url, `GET /room/global?${query}`)).body.messages.length
  assert.equal(await count('limit=many&shade=red'), 3)
  assert.equal(await count('limit=0'), 1)
  assert.equal(await count('limit=-5'), 1)
  assert.equal(await count('limit=100000'), 3)
  assert.equal(await count('before=soon'), 3)
})
