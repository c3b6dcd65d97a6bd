import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Event, GLOBAL_ROOM, type Identity } from '@aicq/protocol'
import { follow } from '../../../../tools/testing/events.ts'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

const say = (url: string, as: Identity, room: string, body: string, key?: string) =>
  send(url, `POST /v1/room/${room}`, { as, body: { body }, ...(key ? { headers: { 'x-aicq-room-key': key } } : {}) })
const bodies = (events: readonly Event[]) => events.flatMap(({ message }) => (message ? [message.body] : []))
const said = (body: string) => (event: Event) => event.message?.body === body
const key = 'a key of many letters'

async function privateRoom(url: string, owner: Identity): Promise<string> {
  const { body } = await send(url, 'POST /v1/room', { as: owner, body: { name: 'closed', is_private: true, key } })
  return body.id
}

test('a stream gives what happens as it happens, and from a cursor on what happened before', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url, 'ada')
  await say(server.url, ada, 'global', 'one')
  await using first = await follow(server.url, `rooms=${GLOBAL_ROOM}`)
  await say(server.url, ada, 'global', 'two')
  const two = await first.until(said('two'))
  assert.deepEqual(bodies(first.events), ['two'])
  assert.equal(two.cursor, first.cursor())
  await say(server.url, ada, 'global', 'three')
  await using second = await follow(server.url, 'rooms=global', { headers: { 'last-event-id': two.cursor } })
  await second.until(said('three'))
  assert.deepEqual(bodies(second.events), ['three'])
  assert.match(second.text(), /^retry: \d+\n\n/)
})

test('who is cut off before anything happened goes on from where the stream began', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  await using first = await follow(server.url, 'rooms=global')
  const began = await eventually(async () => first.cursor())
  await first[Symbol.asyncDispose]()
  await say(server.url, ada, 'global', 'meanwhile')
  await using second = await follow(server.url, 'rooms=global', { headers: { 'last-event-id': began } })
  await second.until(said('meanwhile'))
})

test('who does not sign follows public rooms alone; a closed room looks like a missing one', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const room = await privateRoom(server.url, ada)
  const refused = (code: string, query: string, headers = {}) =>
    assert.rejects(follow(server.url, query, { headers }), ({ problem }) => problem.code === code)
  await refused('room_not_found', `rooms=global,${room}`)
  await refused('room_not_found', 'rooms=018f3c5e-0000-7000-8000-000000000000')
  await refused('room_not_found', `rooms=${room}`, {
    'x-aicq-room-keys': JSON.stringify({ [room]: 'another key of letters' }),
  })
  await refused('invalid_request', `rooms=${room}`, { 'x-aicq-room-keys': '["x"]' })
  await refused('signature_missing', 'dms=true')
  await refused('signature_missing', '')
  await refused('resync_required', 'rooms=global&cursor=x')
  await using stream = await follow(server.url, `rooms=${room}`, {
    headers: { 'x-aicq-room-keys': JSON.stringify({ [room]: key }) },
  })
  await say(server.url, ada, room, 'hidden')
  await stream.until(said('hidden'))
})

test('an agent that asks for nothing gets what is its own: its rooms as it joins and leaves them, its direct messages, mentions', async () => {
  await using server = await startTestServer()
  const [ada, bob] = [await newAgent(server.url, 'ada'), await newAgent(server.url, 'bob')]
  const closed = await privateRoom(server.url, ada)
  const { body: open } = await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'open' } })
  await using stream = await follow(server.url, '', { as: bob })
  await say(server.url, ada, open.id, 'before')
  await say(server.url, ada, open.id, 'for @Bob.')
  await say(server.url, ada, open.id, `for @${bob.id}`)
  await say(server.url, ada, closed, '@bob is not here')
  await send(server.url, `POST /v1/room/${closed}/join`, { as: bob, body: {}, headers: { 'x-aicq-room-key': key } })
  await say(server.url, ada, closed, 'welcome')
  await send(server.url, `POST /v1/room/${closed}/leave`, { as: bob, body: {} })
  await say(server.url, ada, closed, 'gone')
  await send(server.url, `POST /v1/dm/${bob.id}`, { as: ada, body: { body: Buffer.alloc(60).toString('base64') } })
  await send(server.url, `POST /v1/dm/${ada.id}`, { as: bob, body: { body: Buffer.alloc(60, 1).toString('base64') } })
  await stream.until(({ type }) => type === 'dm.sent')
  assert.deepEqual(
    stream.events.map(({ type, message }) => message?.body ?? type),
    ['for @Bob.', `for @${bob.id}`, 'room.joined', 'welcome', 'room.left', 'dm.received', 'dm.sent'],
  )
})

test('a mention that is taken back is told to whom it mentioned, and to nobody who could not read it', async () => {
  await using server = await startTestServer()
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url, 'bob')]
  const closed = await privateRoom(server.url, ada)
  await using stream = await follow(server.url, 'mentions=true', { as: bob })
  for (const room of ['global', closed]) {
    const { body } = await say(server.url, ada, room, 'hello @bob')
    if (room === 'global') await stream.until(said('hello @bob'))
    await send(server.url, `DELETE /v1/room/${room}/${body.id}`, { as: ada })
  }
  await say(server.url, ada, 'global', 'the last for @bob')
  await stream.until(said('the last for @bob'))
  assert.deepEqual(
    stream.events.map(({ type }) => type),
    ['message.created', 'message.deleted', 'message.created'],
  )
  assert.equal(stream.events[1]!.room, GLOBAL_ROOM)
  const since = await send(server.url, `GET /v1/sync?mentions=true&cursor=${stream.events[0]!.cursor}`, { as: bob })
  assert.deepEqual(since.body.events, stream.events.slice(1))
})

for (const way of ['removed', 'left', 'shut out by another key'] as const)
  test(`whoever is ${way} in the middle of a burst gets nothing that comes after that`, async () => {
    await using server = await startTestServer()
    const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
    const room = await privateRoom(server.url, ada)
    await send(server.url, `POST /v1/room/${room}/join`, { as: bob, body: {}, headers: { 'x-aicq-room-key': key } })
    await using mine = await follow(server.url, '', { as: bob })
    await using named = await follow(server.url, `rooms=${room}`, { as: bob })
    await using keyed = await follow(server.url, `rooms=${room}`, {
      headers: { 'x-aicq-room-keys': JSON.stringify({ [room]: key }) },
    })
    await using owner = await follow(server.url, `rooms=${room}`, { as: ada })
    const posts: Promise<unknown>[] = []
    for (let n = 0; n < 40; n++) {
      posts.push(say(server.url, ada, room, `m${n}`))
      if (n !== 20) continue
      await posts[0]
      if (way === 'removed')
        posts.push(send(server.url, `POST /v1/room/${room}/remove`, { as: ada, body: { agent: bob.id } }))
      else if (way === 'left') posts.push(send(server.url, `POST /v1/room/${room}/leave`, { as: bob, body: {} }))
      else
        posts.push(
          send(server.url, `PATCH /v1/room/${room}`, { as: ada, body: { key: 'quite another key', members: 'drop' } }),
        )
    }
    await Promise.all(posts)
    await say(server.url, ada, room, 'the end')
    await owner.until(said('the end'))
    const ends = (way === 'left' ? 'room.left' : 'room.removed') as string
    const all = owner.events.map(({ type, message }) => message?.body ?? type)
    const last = all.indexOf(ends)
    assert.ok(last > 0 && last < all.length - 1)
    await say(server.url, ada, 'global', `for @${bob.id}`)
    for (const stream of [mine, named]) {
      await stream.until(({ type }) => type === ends)
      await mine.until(said(`for @${bob.id}`))
      const seen = stream.events
        .map(({ type, message }) => message?.body ?? type)
        .filter((one) => !one.startsWith('for'))
      assert.deepEqual(seen, all.slice(0, last + 1))
    }
    if (way !== 'shut out by another key') return void (await keyed.until(said('the end')))
    await keyed.until(({ type }) => type === 'room.updated')
    const updated = all.indexOf('room.updated')
    assert.deepEqual(
      keyed.events.map(({ type, message }) => message?.body ?? type),
      all.slice(0, updated + 1),
    )
  })

test('what was deleted is not told to a reader who comes back, but that it was deleted', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  await using stream = await follow(server.url, 'rooms=global')
  const first = await say(server.url, ada, 'global', 'first')
  const { cursor } = await stream.until(({ type }) => type === 'room.joined')
  await say(server.url, ada, 'global', 'second')
  await send(server.url, `DELETE /v1/room/global/${first.body.id}`, { as: ada })
  await stream.until(({ type }) => type === 'message.deleted')
  const { body } = await send(server.url, `GET /v1/sync?rooms=global&cursor=${cursor}`, { as: ada })
  assert.deepEqual(
    body.events.map(({ type, message, message_id }: Event) => message?.body ?? `${type} ${message_id}`),
    ['second', `message.deleted ${first.body.id}`],
  )
})

test('a stream of a key that was given up ends, and one of a key that stays goes on', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  await using stream = await follow(server.url, 'rooms=global', { as: ada })
  await using other = await follow(server.url, 'rooms=global')
  await send(server.url, `DELETE /v1/agent/${ada.id}`, { as: ada })
  await other.until(({ type }) => type === 'agent.erased')
  await stream.ended
  const bob = await newAgent(server.url)
  await say(server.url, bob, 'global', 'after')
  await other.until(said('after'))
  assert.equal(stream.events.some(said('after')), false)
})

test('a stream says where it is while nothing matches', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  await using server = await startTestServer({ STOP_TIMEOUT: '1000' })
  const ada = await newAgent(server.url)
  const { body: quiet } = await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'quiet' } })
  await using stream = await follow(server.url, `rooms=${quiet.id}`)
  await using all = await follow(server.url, 'rooms=global')
  const began = await eventually(async () => stream.cursor())
  await say(server.url, ada, 'global', 'elsewhere')
  await all.until(said('elsewhere'))
  t.mock.timers.tick(15_000)
  const cursor = await eventually(async () => stream.cursor() !== began && stream.cursor())
  assert.deepEqual(stream.events, [])
  const { body } = await send(server.url, `GET /v1/sync?cursor=${cursor}&rooms=global`, { as: ada })
  assert.deepEqual(body.events, [])
})

test('streams are exempt from the limit of the handler, and a sync may wait for longer than it', async () => {
  await using server = await startTestServer({ HANDLER_TIMEOUT: '5000' })
  const ada = await newAgent(server.url)
  const { body: now } = await send(server.url, 'GET /v1/sync', { as: ada })
  await using stream = await follow(server.url, 'rooms=global')
  const { status, body } = await send(server.url, `GET /v1/sync?cursor=${now.cursor}&wait=6`, { as: ada })
  assert.deepEqual([status, body.events], [200, []])
  await say(server.url, ada, 'global', 'after six seconds')
  await stream.until(said('after six seconds'))
})

test('a stop sends what was committed, and then ends streams', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  await using stream = await follow(server.url, 'rooms=global')
  const posts = await Promise.all(Array.from({ length: 30 }, (_, n) => say(server.url, ada, 'global', `m${n}`)))
  const stopping = server.stop()
  await stream.ended
  await stopping
  assert.equal(posts.filter(({ status }) => status === 201).length, 30)
  assert.equal(bodies(stream.events).length, 30)
})
