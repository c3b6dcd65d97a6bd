import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { eventually, newAgent, send } from '../../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../../tools/testing/server.ts'
import { dial } from '../../../../../tools/testing/sockets.ts'

const server = await startTestServer()
after(() => server[Symbol.asyncDispose]())
const { url } = server

const request = (method: string, params: object, id: unknown = 1) =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params })
const list = request('message.list', { room: 'global' })

test('a frame has 64 KiB at most', async () => {
  await using socket = await dial(url)
  const body = 'x'.repeat(65_536 - request('message.post', { room: 'global', body: '' }).length)
  const fits = await socket.ask(request('message.post', { room: 'global', body }))
  assert.equal(fits.error.data.code, 'signature_missing')
  socket.ws.send(request('message.post', { room: 'global', body: `${body}x` }))
  assert.deepEqual(await socket.closed, { code: 1009, reason: 'frame_too_large' })
})

test('so has a message in many frames', async () => {
  await using socket = await dial(url)
  for (let n = 0; n < 66; n++) socket.ws.send('x'.repeat(1_000), { fin: false })
  assert.deepEqual(await socket.closed, { code: 1009, reason: 'frame_too_large' })
})

test('frames that are not text, not UTF-8, or none at all, end the connection', async () => {
  await using binary = await dial(url)
  binary.ws.send(Buffer.from(list))
  assert.deepEqual(await binary.closed, { code: 1003, reason: 'not_text' })
  await using notUtf8 = await dial(url)
  notUtf8.ws.send(Buffer.from([0xc3, 0x28]), { binary: false })
  assert.deepEqual(await notUtf8.closed, { code: 1007, reason: 'not_utf8' })
  for (const bytes of [
    [0x81, 0x02, 0x7b, 0x7d], // not masked
    [0xc1, 0x80, 0, 0, 0, 0], // said to be compressed
    [0x83, 0x80, 0, 0, 0, 0], // of a kind that there is not
    [0x80, 0x80, 0, 0, 0, 0], // goes on with nothing
  ]) {
    await using socket = await dial(url)
    const raw = socket.ws as unknown as { _socket: { write(bytes: Uint8Array): void } }
    raw._socket.write(Uint8Array.from(bytes))
    assert.deepEqual(await socket.closed, { code: 1002, reason: 'protocol_error' })
  }
})

test('what is not JSON-RPC is answered as its specification says, and the connection goes on', async () => {
  await using socket = await dial(url)
  const codeOf = async (text: string) => (await socket.ask(text)).error.code
  assert.equal(await codeOf(''), -32700)
  assert.equal(await codeOf('{'), -32700)
  assert.equal(await codeOf('{"a":1,"a":2}'), -32700)
  assert.equal(await codeOf('['.repeat(65_000)), -32700)
  assert.equal(await codeOf('7'), -32600)
  assert.equal(await codeOf('[]'), -32600)
  assert.equal(await codeOf('{"jsonrpc":"1.0","id":1,"method":"agent.me"}'), -32600)
  assert.equal(await codeOf(request('agent.me', [])), -32602)
  for (const method of ['constructor', '__proto__', 'message', 'session.open', 'session.challenge', 'event'])
    assert.equal(await codeOf(request(method, {})), -32601)
  assert.equal((await socket.ask(list)).result.messages.length, 0)
})

test('a batch has a reply for each of its calls, and a notification has none', async () => {
  const ada = await newAgent(url)
  await using socket = await dial(url, { as: ada })
  socket.ws.send('{"jsonrpc":"2.0","method":"message.post","params":{"room":"global","body":"said and not asked"}}')
  const calls = ['agent.me', 'nothing', 'agent.me'].map((method, id) => ({ jsonrpc: '2.0', id, method }))
  const replies = await socket.ask(JSON.stringify(calls))
  assert.deepEqual(
    replies.map(({ id, result, error }: { id: number; result?: { id: string }; error?: { code: number } }) => [
      id,
      result?.id ?? error?.code,
    ]),
    [
      [0, ada.id],
      [1, -32601],
      [2, ada.id],
    ],
  )
  await eventually(async () => {
    const { body } = await send(url, 'GET /v1/room/global')
    return body.messages[0]?.body === 'said and not asked'
  })
})

test('32 calls are done at once, and whatever comes then waits until one of them is done', async () => {
  const ada = await newAgent(url)
  await using socket = await dial(url, { as: ada })
  const { cursor } = await socket.call('events.sync')
  const waiting = Array.from({ length: 32 }, () => socket.call('events.sync', { rooms: ['global'], cursor, wait: 30 }))
  let isAnswered = false
  const more = socket.call('agent.me').then((me) => {
    isAnswered = true
    return me
  })
  const ponged = new Promise((resolve) => socket.ws.once('pong', resolve))
  socket.ws.ping()
  // a stranger is answered many times meanwhile
  await using other = await dial(url)
  for (let n = 0; n < 50; n++) await other.ask(list)
  assert.equal(isAnswered, false)
  await send(url, 'POST /v1/room/global', { as: ada, body: { body: 'wake up' } })
  assert.equal((await more).id, ada.id)
  for (const { events } of await Promise.all(waiting)) assert.equal(events.at(-1).message.body, 'wake up')
  await ponged
})

test('so many calls as one likes can be sent at once', async () => {
  const ada = await newAgent(url)
  await using socket = await dial(url, { as: ada })
  const replies = await Promise.all(Array.from({ length: 1_000 }, () => socket.call('agent.me')))
  assert.equal(new Set(replies.map(({ id }) => id)).size, 1)
})

test('what goes to one room is done in the order in which it was sent', async () => {
  const [ada, bob] = [await newAgent(url), await newAgent(url)]
  const key = 'open sesame, please'
  const { body: room } = await send(url, 'POST /v1/room', { as: ada, body: { name: 'lab', is_private: true, key } })
  await using socket = await dial(url, { as: bob })
  // to compare the key takes a while
  const joined = socket.call('room.join', { room: room.id, room_key: key })
  const posted = socket.call('message.post', { room: room.id, body: 'hello' })
  assert.equal((await joined).code, undefined)
  assert.equal((await posted).code, undefined)
})
