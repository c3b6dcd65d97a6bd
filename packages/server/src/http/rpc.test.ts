import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityFromSeed, newSeed, operations, toBase64 } from '@aicq/protocol'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

type Options = Parameters<typeof send>[2]

/** One request of JSON-RPC, or several; its reply. */
async function rpc(url: string, body: unknown, options: Options = {}) {
  return send(url, 'POST /v1/rpc', { body, ...options })
}
const call = (method: string, params: object = {}, id: unknown = 1) => ({ jsonrpc: '2.0', id, method, params })

test('an operation answers by its name, and its errors are problem documents', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url, 'ada')
  const said = await rpc(server.url, call('message.post', { room: 'global', body: 'hello' }, 'first'), { as: ada })
  assert.equal(said.status, 200)
  const { result, ...frame } = said.body
  assert.deepEqual(frame, { jsonrpc: '2.0', id: 'first' })
  assert.deepEqual([result.seq, result.from, result.body], [1, ada.id, 'hello'])
  const read = await rpc(server.url, call('message.list', { room: 'global', limit: 1 }, 2))
  assert.deepEqual(read.body.result.messages, [result])
  const deleted = await rpc(server.url, call('message.delete', { room: 'global', message: result.id }, 3), { as: ada })
  assert.deepEqual(deleted.body, { jsonrpc: '2.0', id: 3, result: null })
  const gone = await rpc(server.url, call('message.get', { room: 'global', message: result.id }, null))
  const { error } = gone.body
  assert.deepEqual([gone.status, gone.body.id, error.code, error.data.code], [200, null, -32000, 'message_not_found'])
  assert.equal(error.message, error.data.detail)
  assert.equal(error.data.request_id, gone.headers.get('x-request-id'))
})

test('what is not JSON-RPC has the codes of its specification', async () => {
  await using server = await startTestServer()
  const codeOf = async (body: unknown) => (await rpc(server.url, body)).body.error.code
  assert.equal(await codeOf('{"jsonrpc":"2.0","method":'), -32700)
  assert.equal(await codeOf('{"jsonrpc":"2.0","id":1,"id":2,"method":"instance.info"}'), -32700)
  assert.equal(await codeOf('{"jsonrpc":"2.0","id":1,"method":"instance.info","params":{"__proto__":1}}'), -32700)
  assert.equal(await codeOf('['.repeat(40) + ']'.repeat(40)), -32700)
  for (const wrong of [[], 1, null, '"text"', {}, { jsonrpc: '1.0', id: 1, method: 'instance.info' }])
    assert.equal(await codeOf(wrong), -32600, JSON.stringify(wrong))
  assert.equal(await codeOf({ jsonrpc: '2.0', id: 1, method: 7 }), -32600)
  assert.equal(await codeOf({ jsonrpc: '2.0', id: {}, method: 'instance.info' }), -32600)
  assert.equal(await codeOf({ jsonrpc: '2.0', id: 1, method: 'instance.info', params: null }), -32600)
  assert.equal(await codeOf(Array(101).fill(call('instance.info'))), -32600)
  assert.equal(await codeOf(call('no.such')), -32601)
  assert.equal(await codeOf(call('events.subscribe')), -32601)
  assert.equal(await codeOf(call('constructor')), -32601)
  assert.equal(await codeOf({ ...call('message.list'), params: ['global'] }), -32602)
  const mixed = await rpc(server.url, [1, call('instance.info', {}, 'good'), { foo: 'boo' }])
  assert.deepEqual(
    mixed.body.map(({ id, error }: { id: unknown; error?: { code: number } }) => [id, error?.code]),
    [
      [null, -32600],
      ['good', undefined],
      [null, -32600],
    ],
  )
  const text = await rpc(server.url, call('instance.info'), { headers: { 'content-type': 'text/plain' } })
  assert.deepEqual([text.status, text.body.code], [415, 'unsupported_media_type'])
  const long = await rpc(server.url, call('instance.info', { x: 'x'.repeat(524_288) }))
  assert.deepEqual([long.status, long.body.code], [413, 'request_too_large'])
})

test('a notification is done and not answered', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const { id: _, ...say } = call('message.post', { room: 'global', body: 'unasked' })
  const one = await rpc(server.url, say, { as: ada })
  assert.deepEqual([one.status, one.body], [204, ''])
  const all = await rpc(server.url, [say, { ...say, method: 'no.such' }], { as: ada })
  assert.deepEqual([all.status, all.body], [204, ''])
  const some = await rpc(server.url, [say, call('message.list', { room: 'global' })], { as: ada })
  assert.equal(some.body.length, 1)
  assert.equal(some.body[0].result.messages.length, 3)
})

test('the calls of a batch have results of their own, and what goes to one room lands in their order', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const room = (await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'quiet' } })).body.id
  const rooms = ['global', '00000000-0000-0000-0000-000000000001', room.toUpperCase(), room]
  const posts = Array.from({ length: 40 }, (_, at) =>
    call('message.post', { room: rooms[at % 4], body: at === 8 ? '' : `${at}` }, at),
  )
  const { body: replies } = await rpc(server.url, posts, { as: ada })
  assert.deepEqual(
    replies.map(({ id }: { id: number }) => id),
    posts.map(({ id }) => id),
  )
  assert.equal(replies[8].error.data.code, 'invalid_request')
  const done = replies.filter(({ result }: { result: unknown }) => result)
  assert.equal(done.length, 39)
  for (const name of [rooms[1], room]) {
    const seqs = done.filter(({ result }: { result: { room: string } }) => result.room === name)
    assert.deepEqual(
      seqs.map(({ result }: { result: { seq: number } }) => result.seq),
      seqs.map((_: unknown, at: number) => at + 1),
    )
  }
})

test('a request that arrives again repeats no call of it, neither writes nor reads', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const batch = [
    call('message.post', { room: 'global', body: 'once' }, 1),
    call('agent.me', {}, 2),
    call('message.post', { room: 'global', body: 'and once' }, 3),
  ]
  const same = { as: ada, nonce: 'the-same-nonce-for-all-', now: Date.now() }
  const first = await rpc(server.url, batch, same)
  assert.ok(first.body.every(({ result }: { result: unknown }) => result))
  const again = await rpc(server.url, batch, same)
  const codes = again.body.map(({ error }: { error?: { data: { code: string } } }) => error?.data.code)
  assert.deepEqual(codes, ['nonce_used', 'nonce_used', 'nonce_used'])
  assert.equal((await send(server.url, 'GET /v1/room/global')).body.messages.length, 2)
})

test('a signature that does not verify gives nothing to any call', async () => {
  await using server = await startTestServer()
  const [ada, eve] = [await newAgent(server.url), await identityFromSeed(newSeed())]
  const batch = [call('message.post', { room: 'global', body: 'forged' }), call('message.list', { room: 'global' })]
  const codes = async (options: Options) =>
    (await rpc(server.url, batch, options)).body.map(
      ({ error }: { error?: { data: { code: string } } }) => error?.data.code,
    )
  assert.deepEqual(await codes({ as: { ...eve, id: ada.id } }), ['signature_invalid', 'signature_invalid'])
  assert.deepEqual(await codes({ as: ada, signing: 'v0' }), ['signature_missing', 'signature_missing'])
  assert.deepEqual(await codes({}), ['signature_missing', undefined])
  assert.equal((await send(server.url, 'GET /v1/room/global')).body.messages.length, 0)
})

test('a key that nobody knows yet registers', async () => {
  await using server = await startTestServer()
  const ada = await identityFromSeed(newSeed())
  const body = call('agent.register', { public_key: toBase64(ada.publicKey), name: 'ada' })
  const joined = await rpc(server.url, body, { as: ada, keyid: ada.did })
  assert.equal(joined.body.result.id, ada.id)
})

test('each call counts against its own limits, of the agent and of the address', async () => {
  await using server = await startTestServer({
    RATE_LIMIT_WHITELIST: '',
    LIMIT_MESSAGE_POST: '3/60',
    LIMIT_MESSAGE_SEARCH: '2/60',
  })
  const ada = await newAgent(server.url)
  const posts = Array.from({ length: 5 }, (_, at) => call('message.post', { room: 'global', body: `${at}` }, at))
  const searches = Array.from({ length: 3 }, (_, at) => call('message.search', { q: 'x' }, at))
  const { body: replies } = await rpc(server.url, [...posts, ...searches], { as: ada })
  const codes = replies.map(({ error }: { error?: { data: { code: string } } }) => error?.data.code ?? 'done')
  assert.deepEqual(codes.slice(0, 5), ['done', 'done', 'done', 'rate_limited', 'rate_limited'])
  assert.deepEqual(codes.slice(5).sort(), ['done', 'done', 'rate_limited'])
  assert.equal(replies[4].error.data.limit.operation, 'message.post')
})

test('the key of a private room is a parameter, and nothing else may be one that is not known', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const key = 'a key of 16 or more'
  const made = { name: 'closed', is_private: true, key }
  const room = (await send(server.url, 'POST /v1/room', { as: ada, body: made })).body.id
  const ask = async (params: object) => {
    const { result, error } = (await rpc(server.url, call('message.list', { room, ...params }))).body
    return result ? result.room.name : [error.data.code, error.data.detail]
  }
  assert.equal(await ask({ room_key: key }), 'closed')
  assert.equal((await ask({}))[0], 'room_not_found')
  assert.equal((await ask({ room_key: 'another key, as long' }))[0], 'room_not_found')
  assert.deepEqual(await ask({ room_key: 7 }), ['invalid_request', 'room_key must be a string'])
  assert.deepEqual(await ask({ more: 1 }), ['invalid_request', 'query.more is not known here'])
  assert.deepEqual(await ask({ limit: '5' }), ['invalid_request', 'query.limit must be integer'])
})

test('an export is an array of its lines, as long as it is not too large', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const { result } = (await rpc(server.url, call('agent.export', { agent: ada.id }), { as: ada })).body
  assert.equal(result[0].section, 'manifest')
  assert.equal(result.at(-1).section, 'checksums')
  for (let at = 0; at < 3; at++) {
    const items = Array.from({ length: 100 }, () => ({ room: 'global', body: 'x'.repeat(4_096) }))
    await send(server.url, 'POST /v1/batch', { as: ada, body: { items } })
  }
  const { error } = (await rpc(server.url, call('agent.export', { agent: ada.id }), { as: ada })).body
  assert.deepEqual([error.data.code, error.data.status], ['reply_too_large', 413])
})

test('no parameter of an operation has the name of another, so that they fit into one object', () => {
  for (const { name, params, query, body, takesRoomKey, takesRoomKeys } of operations) {
    const names = [params, query, body].flatMap((part) => Object.keys(part?.properties ?? {}))
    if (takesRoomKey) names.push('room_key')
    if (takesRoomKeys) names.push('room_keys')
    assert.equal(new Set(names).size, names.length, name)
  }
})
