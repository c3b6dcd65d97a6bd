import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityFromSeed, newSeed } from '@aicq/protocol'
import { startProxy } from '../../../tools/testing/proxy.ts'
import { eventually, newAgent, send } from '../../../tools/testing/requests.ts'
import { startTestServer } from '../../../tools/testing/server.ts'
import { type Agent, AicqError, connect } from './index.ts'

async function newcomer(url: string, options: object = {}): Promise<Agent> {
  const agent = connect(url, { identity: await identityFromSeed(newSeed()), ...options })
  await agent.register()
  return agent
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** A server that knows itself by the name of the proxy before it, and an agent that reaches it there. */
async function startBehindProxy(environment: Record<string, string> = {}) {
  await using opened = new AsyncDisposableStack()
  const proxy = opened.use(await startProxy())
  const server = opened.use(await startTestServer({ PUBLIC_URL: proxy.url, ...environment }))
  proxy.target = server.url
  const ada = await newcomer(proxy.url)
  const closing = opened.move()
  return { proxy, server, ada, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

test('what an agent posts, another reads, proven and in order', async () => {
  await using server = await startTestServer()
  const ada = await newcomer(server.url)
  const bob = await newcomer(server.url)
  const first = await ada.room('global').post('hello')
  assert.deepEqual([first.seq, first.body, first.proof, first.from], [1, 'hello', 'proven', ada.identity?.id])
  await bob.room('global').post('hi', { pid: first.id })
  const read = await collect(ada.room('global').messages({ since: 0, follow: false }))
  assert.deepEqual(
    read.map(({ body, proof, pid }) => [body, proof, pid]),
    [
      ['hello', 'proven', undefined],
      ['hi', 'proven', first.id],
    ],
  )
})

test('the loop over messages waits for new ones, and can be left or aborted', async () => {
  await using server = await startTestServer()
  const ada = await newcomer(server.url)
  const room = ada.room('global')
  await room.post('before')
  const stop = new AbortController()
  const heard: string[] = []
  const listening = (async () => {
    for await (const { body } of room.messages({ since: 0, signal: stop.signal })) {
      heard.push(body)
      if (body === 'before') await room.post('after')
      if (body === 'after') return 'left'
    }
  })()
  assert.equal(await listening, 'left')
  assert.deepEqual(heard, ['before', 'after'])
  setTimeout(() => stop.abort(), 50)
  const forever = collect(room.messages({ signal: stop.signal }))
  await assert.rejects(forever, { name: 'AbortError' })
})

test('a post whose answers are lost on the way is repeated, and the message is there once', async () => {
  await using network = await startBehindProxy()
  const { proxy, ada } = network
  let requests = 0
  proxy.fate = () => ({ kind: ++requests <= 2 ? 'lose' : 'pass' })
  const posted = await ada.room('global').post('once')
  assert.equal(requests, 3)
  const { messages } = await ada.room('global').read()
  assert.deepEqual(messages, [posted])
})

test('a post that is repeated stays one message, though another call has corrected the clock meanwhile', async () => {
  await using network = await startBehindProxy()
  const { proxy, ada, server } = network
  server.clock.ahead = 60_000
  let posts = 0
  proxy.fate = (line) => ({ kind: line.startsWith('POST') && ++posts === 1 ? 'lose' : 'pass' })
  const posting = ada.room('global').post('once')
  while (posts === 0) await new Promise((resolve) => setTimeout(resolve, 5))
  await ada.me()
  await posting
  assert.equal(posts, 2)
  assert.equal((await ada.room('global').read()).messages.length, 1)
})

test('making a room is not repeated when nobody knows whether it was made', async () => {
  await using network = await startBehindProxy()
  const { proxy, ada } = network
  let requests = 0
  proxy.fate = () => ({ kind: ++requests === 1 ? 'lose' : 'pass' })
  await assert.rejects(ada.createRoom('lab'), { code: 'unreachable' })
  assert.equal(requests, 1)
  const { channels } = await eventually(async () => {
    const list = await ada.rooms()
    return list.total === 2 && list.channels.length === 2 && list
  })
  assert.deepEqual(
    channels.map(({ name }) => name),
    ['lab', 'global'],
  )
})

test('a message that was changed on the way is shown as forged', async () => {
  await using network = await startBehindProxy()
  const { proxy, ada } = network
  await ada.room('global').post('the truth')
  proxy.fate = () => ({ kind: 'change', change: (text) => text.replace('the truth', 'a lie') })
  const { messages } = await connect(proxy.url).room('global').read()
  assert.deepEqual(
    messages.map(({ body, proof }) => [body, proof]),
    [['a lie', 'forged']],
  )
})

test('a wrong clock is corrected from what the server says, up to ten minutes', async () => {
  await using server = await startTestServer()
  const ada = await newcomer(server.url)
  server.clock.ahead = 9 * 60_000
  assert.equal((await ada.me()).id, ada.identity?.id)
  assert.equal((await ada.room('global').post('on time')).body, 'on time')
  server.clock.ahead = 21 * 60_000
  await assert.rejects(ada.me(), { code: 'clock_skew', status: 401 })
})

test('a message that had to wait for a limit before its time was corrected gets an id of that time', async () => {
  const limits = { RATE_LIMIT_WHITELIST: '', LIMIT_SIGNED: '3/10', AUTO_BLOCK_ENABLED: 'false' }
  await using network = await startBehindProxy(limits)
  const { proxy, server, ada } = network
  server.clock.ahead = 8 * 60_000
  const identity = ada.identity!
  const ask = () => send(proxy.url, 'GET /v1/me', { as: identity, now: Date.now() + server.clock.ahead })
  while ((await ask()).status !== 429);
  const codes: string[] = []
  const change = (text: string) => {
    codes.push(JSON.parse(text).code)
    return text
  }
  proxy.fate = () => ({ kind: 'change', change })
  assert.equal((await connect(proxy.url, { identity }).room('global').post('on time after all')).proof, 'proven')
  assert.equal(codes[0], 'rate_limited')
  assert.ok(codes.includes('invalid_id'))
})

test('an error has a code, and says whether trying again can help', async () => {
  await using server = await startTestServer()
  const stranger = connect(server.url, { identity: await identityFromSeed(newSeed()) })
  const failure = await stranger.me().catch((error: unknown) => error)
  assert.ok(failure instanceof AicqError)
  assert.deepEqual([failure.code, failure.retryable, failure.status], ['agent_unknown', false, 401])
  assert.match(failure.requestId ?? '', /^[0-9a-f-]{36}$/)
  const nobody = connect('http://127.0.0.1:9', { attempts: 2 })
  await assert.rejects(nobody.info(), { code: 'unreachable', retryable: true, status: 0 })
  await assert.rejects(connect(server.url).room('global').post('who?'), { code: 'signature_missing' })
})

test('a private room is read with its key or as a member, by a client whose key is not registered too', async () => {
  await using server = await startTestServer()
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  const key = 'open sesame, please'
  const owner = connect(server.url, { identity: ada })
  const { id, is_private } = await owner.createRoom('vault', { key })
  assert.equal(is_private, true)
  await owner.room(id).post('inside')
  const bodies = async (room: ReturnType<typeof owner.room>) => (await room.read()).messages.map(({ body }) => body)
  assert.deepEqual(await bodies(owner.room(id)), ['inside'])
  const friend = connect(server.url, { identity: bob })
  await assert.rejects(friend.room(id).read(), { code: 'room_not_found' })
  assert.deepEqual(await bodies(friend.room(id, { key })), ['inside'])
  await friend.room(id, { key }).join()
  await friend.room(id).post('me too')
  const mine: string[] = []
  for await (const { name } of friend.myRooms()) mine.push(name)
  assert.deepEqual(mine, ['vault'])
  const stranger = connect(server.url, { identity: await identityFromSeed(newSeed()) })
  assert.deepEqual(await bodies(stranger.room(id, { key })), ['me too', 'inside'])
  await owner.room(id).remove(bob.id)
  await assert.rejects(friend.room(id).post('still?'), { code: 'room_not_found' })
  assert.equal((await owner.room(id).update({ description: 'for two' })).description, 'for two')
})

test('a call that a limit refused is made again when there is room, not before; if that is long, it fails at once', async () => {
  await using server = await startTestServer({
    RATE_LIMIT_WHITELIST: '',
    LIMIT_ROOM_LIST: '1/1',
    LIMIT_ROOM_CREATE: '1/3600',
  })
  const ada = await newcomer(server.url)
  const before = Date.now()
  await ada.rooms()
  await ada.rooms()
  assert.ok(Date.now() - before >= 1_000, 'the second within a second was waited for')
  await ada.createRoom('lab')
  const failure = await ada.createRoom('lab').catch((error: unknown) => error)
  assert.ok(failure instanceof AicqError)
  assert.deepEqual([failure.code, failure.retryable], ['rate_limited', true])
  const wait = Number(failure.problem.retry_after)
  assert.ok(wait > 3_000 && wait <= 3_900, `${wait}`)
})

test('what an agent does because of an event belongs to the trace of the event', async () => {
  await using server = await startTestServer()
  const [ada, bob] = [await newcomer(server.url), await newcomer(server.url)]
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  const { cursor } = await bob.sync({ rooms: ['global'] })
  await ada.room('global').post('question', { traceparent })
  for (const event of (await bob.sync({ rooms: ['global'], cursor })).events)
    if (event.message) {
      await bob.room('global').post('answer', { traceparent: event.traceparent! })
      await bob.dm(ada.identity!.id).send('psst', { traceparent: event.traceparent! })
    }
  const { events } = await bob.sync({ rooms: ['global'], dms: true, cursor })
  assert.deepEqual(
    events.filter((event) => event.traceparent === traceparent).map(({ type }) => type),
    ['message.created', 'message.created', 'dm.sent'],
  )
})
