import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { GLOBAL_ROOM } from '@aicq/protocol'
import { follow } from '../../../../../tools/testing/events.ts'
import { eventually, newAgent, send } from '../../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../../tools/testing/server.ts'
import { type Dialled, dial } from '../../../../../tools/testing/sockets.ts'

const server = await startTestServer()
after(() => server[Symbol.asyncDispose]())
const { url } = server

const bodies = (socket: Dialled, subscription: string) =>
  socket.notifications
    .filter(({ method, params }) => method === 'event' && params.subscription === subscription && params.event.message)
    .map(({ params }) => params.event.message.body as string)
const saying = (body: string) => (params: { event: { message?: { body: string } } }) =>
  params.event.message?.body === body

test('each subscription has its own id, its own interest and its own cursor', async () => {
  const [ada, bob] = [await newAgent(url), await newAgent(url)]
  await using socket = await dial(url, { as: ada })
  const { id: room } = await socket.call('room.create', { name: 'lab' })
  const first = await socket.call('events.subscribe', { rooms: ['global'] })
  const second = await socket.call('events.subscribe', { rooms: [room] })
  assert.deepEqual([first.subscription, second.subscription], ['1', '2'])
  assert.match(first.cursor, /^[\w-]{40,}$/)
  await socket.call('message.post', { room, body: 'in the lab' })
  await send(url, 'POST /v1/room/global', { as: bob, body: { body: 'for all' } })
  const { event } = await socket.told('event', saying('for all'))
  await socket.told('event', saying('in the lab'))
  assert.equal(event.room, GLOBAL_ROOM)
  assert.deepEqual(bodies(socket, '1'), ['for all'])
  assert.deepEqual(bodies(socket, '2'), ['in the lab'])
})

test('a stream goes on from the cursor of another transport, and back', async () => {
  const ada = await newAgent(url)
  await using socket = await dial(url, { as: ada })
  const post = (body: string) => socket.call('message.post', { room: 'global', body })
  await using sse = await follow(url, 'rooms=global', { as: ada })
  await post('one')
  const { cursor: after } = await sse.until(({ message }) => message?.body === 'one')
  await post('two')
  const { subscription } = await socket.call('events.subscribe', { rooms: ['global'], cursor: after })
  await socket.told('event', saying('two'))
  const { cursor } = await socket.call('events.unsubscribe', { subscription })
  await post('three')
  const { body } = await send(url, `GET /v1/sync?rooms=global&wait=5&cursor=${cursor}`, { as: ada })
  assert.deepEqual(
    body.events.map(({ message }: { message: { body: string } }) => message.body),
    ['three'],
  )
  assert.ok(!bodies(socket, subscription).includes('three'))
  assert.equal((await socket.call('events.unsubscribe', { subscription })).code, 'invalid_request')
})

test('what many subscribers get is the same, whatever its size', async () => {
  const ada = await newAgent(url)
  await using one = await dial(url, { as: ada })
  await using two = await dial(url, { as: await newAgent(url) })
  for (const socket of [one, two]) await socket.call('events.subscribe', { rooms: ['global'] })
  const texts = ['.', 'x'.repeat(100), 'é'.repeat(2_000), '\u0001'.repeat(4_096)]
  for (const body of texts) await one.call('message.post', { room: 'global', body })
  for (const socket of [one, two]) {
    await socket.told('event', saying(texts.at(-1)!))
    assert.ok(bodies(socket, '1').join() === texts.join())
  }
  const events = ({ notifications }: Dialled) =>
    JSON.stringify(notifications.filter(({ method }) => method === 'event'))
  assert.ok(events(one) === events(two))
})

test('a private room is followed by membership or by its key, and only so', async () => {
  const [ada, bob] = [await newAgent(url), await newAgent(url)]
  const key = 'open sesame, please'
  await using adas = await dial(url, { as: ada })
  const { id: room } = await adas.call('room.create', { name: 'vault', is_private: true, key })
  await using bobs = await dial(url, { as: bob })
  const ask = (more: object) => bobs.call('events.subscribe', { rooms: [room], ...more })
  assert.equal((await ask({})).code, 'room_not_found')
  assert.equal((await ask({ room_keys: { [room]: 'wrong, but long enough' } })).code, 'room_not_found')
  assert.equal((await ask({ cursor: 'made up' })).code, 'room_not_found')
  const { subscription } = await ask({ room_keys: { [room]: key } })
  await adas.call('message.post', { room, body: 'secret' })
  assert.equal((await bobs.told('event', saying('secret'))).subscription, subscription)
})

test('a cursor that cannot be gone on from says where to begin again', async () => {
  await using socket = await dial(url)
  const { code, cursor } = await socket.call('events.subscribe', { rooms: ['global'], cursor: 'made up' })
  assert.equal(code, 'resync_required')
  assert.ok((await socket.call('events.subscribe', { rooms: ['global'], cursor })).subscription)
})

test('a connection tells of the presence of 200 agents at most, over all its subscriptions', async () => {
  await using socket = await dial(url)
  const subscribe = (agents: number) =>
    socket.call('events.subscribe', { presence: Array.from({ length: agents }, () => crypto.randomUUID()) })
  const { subscription } = await subscribe(100)
  assert.ok((await subscribe(99)).subscription)
  assert.equal((await subscribe(2)).code, 'invalid_request')
  assert.ok((await subscribe(1)).subscription)
  await socket.call('events.unsubscribe', { subscription })
  assert.ok((await subscribe(100)).subscription)
})

test('a connection has 20 subscriptions at most, and those that ended make room', async () => {
  await using socket = await dial(url)
  const subscribe = () => socket.call('events.subscribe', { rooms: ['global'] })
  const answers = await Promise.all(Array.from({ length: 21 }, subscribe))
  assert.deepEqual(
    answers.flatMap(({ code }) => code ?? []),
    ['invalid_request'],
  )
  await socket.call('events.unsubscribe', { subscription: answers[0].subscription })
  assert.ok((await subscribe()).subscription)
})

test('the gauges show open sockets and their streams', async () => {
  await using server = await startTestServer()
  const { url } = server
  const shows = async (sockets: number, streams: number) => {
    const { body } = await send(url, 'GET /metrics')
    return body.includes(`\naicq_sockets ${sockets}\n`) && body.includes(`\naicq_streams ${streams}\n`)
  }
  assert.ok(await shows(0, 0))
  {
    await using _idle = await dial(url)
    await using socket = await dial(url)
    await socket.call('events.subscribe', { rooms: ['global'] })
    assert.ok(await shows(2, 1))
  }
  await eventually(() => shows(0, 0))
})
