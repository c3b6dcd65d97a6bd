import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { closeCodes, rotateKey } from '@aicq/protocol'
import { historyOf, newKey, rotate } from '../../../../../tools/testing/keys.ts'
import { eventually, newAgent, send } from '../../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../../tools/testing/server.ts'
import { type Dialled, dial } from '../../../../../tools/testing/sockets.ts'
import { openLog } from '../../events/log.ts'
import { openPostgres } from '../../storage/postgres.ts'

const server = await startTestServer()
after(() => server[Symbol.asyncDispose]())
const { url } = server

const posted = (socket: Dialled) =>
  socket.notifications.flatMap(({ method, params }) => (method === 'event' ? (params.event.message?.body ?? []) : []))

test('a connection ends with the key that opened it, and with its agent, with or without streams', async () => {
  const [ada, bob] = [await newAgent(url), await newAgent(url)]
  await using adas = await dial(url, { as: ada })
  await using adasToo = await dial(url, { as: ada })
  await using bobs = await dial(url, { as: bob })
  await adas.call('events.subscribe')
  const next = await newKey(ada.id)
  assert.equal((await rotate(url, ada, await rotateKey(await historyOf(url, ada.id), ada, next))).status, 200)
  for (const socket of [adas, adasToo]) assert.deepEqual(await socket.closed, { code: 4002, reason: 'key_revoked' })
  assert.equal((await bobs.call('agent.me')).id, bob.id)
  await using again = await dial(url, { as: next })
  await send(url, `DELETE /v1/agent/${ada.id}`, { as: next })
  assert.deepEqual(await again.closed, { code: 4003, reason: 'agent_erased' })
})

test('a change of the key history that leaves the key as it is ends nothing', async () => {
  const ada = await newAgent(url)
  await using socket = await dial(url, { as: ada })
  await using other = await dial(url)
  await other.call('events.subscribe', { rooms: ['global'] })
  // as if a node had told of a change that was none of this key
  await using db = await openPostgres(server.database.serving, {
    poolSize: 2,
    statementTimeout: 60_000,
    timed: () => {},
  })
  await openLog(db, Date.now, () => {}).write(undefined, (_, append) =>
    append({ type: 'agent.key_changed', agent: ada.id }),
  )
  await send(url, 'POST /v1/room/global', { as: ada, body: { body: 'after it' } })
  await other.told('event', ({ event }) => event.message?.body === 'after it')
  assert.equal((await socket.call('agent.me')).id, ada.id)
})

test('each message is authorised by itself: what a connection could do yesterday says nothing of today', async () => {
  const [ada, bob] = [await newAgent(url), await newAgent(url)]
  await using bobs = await dial(url, { as: bob })
  const { body: room } = await send(url, 'POST /v1/room', {
    as: ada,
    body: { name: 'club', is_private: true, key: 'open sesame, please' },
  })
  const params = { room: room.id, room_key: 'open sesame, please' }
  assert.equal((await bobs.call('room.join', params)).code, undefined)
  assert.equal((await bobs.call('message.post', { room: room.id, body: 'in' })).code, undefined)
  await send(url, `POST /v1/room/${room.id}/remove`, { as: ada, body: { agent: bob.id } })
  assert.equal((await bobs.call('message.post', { room: room.id, body: 'out' })).code, 'room_not_found')
  assert.equal((await bobs.call('message.list', { room: room.id })).code, 'room_not_found')
  const next = await newKey(bob.id)
  await rotate(url, bob, await rotateKey(await historyOf(url, bob.id), bob, next))
  const after = ['agent.me', 'message.post'].map((method) =>
    bobs.call(method, method === 'agent.me' ? {} : { room: 'global', body: 'too late' }),
  )
  const gone = bobs.closed.then(() => ({ code: 'key_revoked' }))
  for (const answer of after) assert.equal((await Promise.race([answer, gone])).code, 'key_revoked')
})

/** Opens a socket on a connection of its own, which nobody reads from or answers on. */
async function unread(frames: readonly string[], at = url) {
  const { hostname, port, host } = new URL(at)
  const socket = connect({ host: hostname, port: Number(port) })
  socket.write(
    `GET /v1/ws HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: ${'A'.repeat(22)}==\r\nSec-WebSocket-Protocol: aicq.v1\r\n\r\n`,
  )
  const ask = (text: string) => {
    const bytes = Buffer.from(text)
    socket.write(
      Buffer.concat([Buffer.from([0x81, 0x80 | 126, bytes.length >> 8, bytes.length & 255, 0, 0, 0, 0]), bytes]),
    )
  }
  frames.forEach(ask)
  await new Promise((resolve) => socket.once('readable', resolve))
  return {
    ask,
    /** Reads until the connection is closed with this code. */
    async closes(code: keyof typeof closeCodes): Promise<void> {
      const { name } = closeCodes[code]
      const frame = Buffer.concat([Buffer.from([0x88, name.length + 2, code >> 8, code & 255]), Buffer.from(name)])
      let last = Buffer.alloc(0)
      for await (const chunk of socket) {
        last = Buffer.concat([last, chunk]).subarray(-frame.length)
        if (last.equals(frame)) return
      }
      assert.fail('it ended without a word')
    },
    [Symbol.dispose]: () => void socket.destroy(),
  }
}
const rpc = (method: string, params: object) => JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }).padEnd(200)
const openSockets = async () => Number(/\naicq_sockets (\d+)/.exec((await send(url, 'GET /metrics')).body)![1])
const openStreams = async () => Number(/\naicq_streams (\d+)/.exec((await send(url, 'GET /metrics')).body)![1])

test('a reader that stops reading is cut off once 1 MiB waits, and finds out why when it reads on', async () => {
  const ada = await newAgent(url)
  const before = await openStreams()
  using reader = await unread([rpc('events.subscribe', { rooms: ['global'] })])
  await eventually(async () => (await openStreams()) === before + 1)
  await using poster = await dial(url, { as: ada })
  const body = '\u0001'.repeat(4_000)
  for (let n = 0; (await openStreams()) > before; n++) {
    assert.ok(n < 100, 'it was never cut off')
    await Promise.all(Array.from({ length: 20 }, () => poster.call('message.post', { room: 'global', body })))
  }
  await reader.closes(4001)
})

test('so is one that asks and asks and never reads', async () => {
  const [sockets, streams] = [await openSockets(), await openStreams()]
  using reader = await unread([rpc('events.subscribe', { rooms: ['global'] })])
  await eventually(async () => (await openStreams()) === streams + 1)
  for (let n = 0; n < 200; n++) reader.ask(rpc('message.list', { room: 'global', limit: 200 }))
  await eventually(async () => (await openStreams()) === streams)
  assert.equal(await openSockets(), sockets + 1)
  await reader.closes(4001)
  await eventually(async () => (await openSockets()) === sockets)
})

test('whoever answers no heartbeat for 40 s is cut off, and whoever does is told how far the log is', async () => {
  await using dead = await dial(url, { autoPong: false })
  await using alive = await dial(url)
  const { subscription, cursor } = await alive.call('events.subscribe', { rooms: ['global'] })
  await send(url, 'POST /v1/room/global', { as: await newAgent(url), body: { body: 'the log goes on' } })
  await alive.told('event', ({ event }) => event.message?.body === 'the log goes on')
  const cursors = () => alive.notifications.filter(({ method }) => method === 'cursor')
  const before = cursors().length
  let pings = 0
  alive.ws.on('ping', () => pings++)
  for (let n = 1; n <= 4; n++) {
    server.clock.ahead += 15_000
    await eventually(async () => pings >= n)
  }
  assert.deepEqual(await dead.closed, { code: 4006, reason: 'no_answer' })
  assert.equal((await alive.call('message.list', { room: 'global', limit: 1 })).code, undefined)
  const told = await eventually(async () => cursors()[before]?.params)
  assert.equal(told.subscription, subscription)
  assert.notEqual(told.cursor, cursor)
  assert.equal(cursors().length, before + 1)
})

test('a clock that is set does not make the living dead', async () => {
  await using socket = await dial(url)
  const pinged = new Promise((resolve) => socket.ws.once('ping', resolve))
  server.clock.ahead += 3_600_000
  await pinged
  assert.equal((await socket.call('message.list', { room: 'global', limit: 1 })).code, undefined)
})

test('a stop answers what is being answered, sends what is committed, and says to come back', async () => {
  await using server = await startTestServer()
  const { url } = server
  const ada = await newAgent(url)
  await using reader = await dial(url)
  await using waiter = await dial(url, { as: ada })
  await reader.call('events.subscribe', { rooms: ['global'] })
  const { cursor } = await waiter.call('events.sync')
  const waiting = waiter.call('events.sync', { rooms: ['global'], cursor, wait: 30 })
  const sockets = await Promise.all(Array.from({ length: 10 }, () => dial(url, { as: ada })))
  const accepted: string[] = []
  let isOver = false
  const load = sockets.map(async (socket, at) => {
    for (let n = 0; ; n++) {
      const reply = await Promise.race([
        socket.call('message.post', { room: 'global', body: `${at} ${n}` }),
        socket.closed.then(() => undefined),
      ])
      if (!reply) return
      if (!reply.code) accepted.push(`${at} ${n}`)
      if (accepted.length > 100) isOver = true
    }
  })
  await eventually(async () => isOver)
  const committed = [...accepted]
  await server.stop()
  await Promise.all(load)
  for (const socket of [reader, waiter, ...sockets])
    assert.deepEqual(await socket.closed, { code: 1001, reason: 'going_away' })
  assert.ok((await waiting).events.length > 0)
  const seen = posted(reader)
  assert.deepEqual(seen, [...new Set(seen)])
  for (const body of committed) assert.ok(seen.includes(body), body)
})

test('a stop does not wait for those who never say good-bye', async () => {
  await using server = await startTestServer({ STOP_TIMEOUT: '60000' })
  using _reader = await unread([], server.url)
  const began = performance.now()
  await server.stop()
  assert.ok(performance.now() - began < 30_000)
})
