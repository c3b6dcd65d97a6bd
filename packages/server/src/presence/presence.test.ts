import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Identity, Presence } from '@aicq/protocol'
import { follow } from '../../../../tools/testing/events.ts'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { administered } from '../../../../tools/testing/server.ts'
import { dial } from '../../../../tools/testing/sockets.ts'

const { server, admin } = await administered()
after(() => server[Symbol.asyncDispose]())
const { url, clock } = server

const time = () => Date.now() + clock.ahead
const joins = () => newAgent(url, undefined, time())
const ask = (as: Identity, line: string, body?: unknown) => send(url, line, { as, body, now: time() })
const set = (as: Identity, body: object) => ask(as, 'PUT /v1/presence', body)
const opens = (as: Identity, more: object = {}) => dial(url, { as, now: time(), ...more })
const presenceOf = async (agent: string): Promise<Presence> =>
  (await send(url, `GET /v1/presence?agents=${agent}`)).body.presences[0]
const stateOf = async (agent: Identity) => (await presenceOf(agent.id)).state
const offline = ({ id: agent }: Identity) => ({ agent, state: 'offline', busy: false })
const figure = async (name: string) =>
  Number(new RegExp(`\\n${name} (\\d+)`).exec((await send(url, 'GET /metrics')).body)![1])
/** Waits until so many sockets are left. */
const left = (sockets: number) => eventually(async () => (await figure('aicq_sockets')) === sockets)

test('who has a connection is there, from its first until ten seconds after its last', async () => {
  const ada = await joins()
  assert.deepEqual(await presenceOf(ada.id), offline(ada))
  const before = time()
  const [first, second] = [await opens(ada), await opens(ada)]
  const { state, since } = await presenceOf(ada.id)
  assert.equal(state, 'online')
  assert.ok(since! >= before && since! <= time())
  await first[Symbol.asyncDispose]()
  await left(1)
  clock.ahead += 60_000
  assert.equal(await stateOf(ada), 'online')
  await second[Symbol.asyncDispose]()
  await left(0)
  assert.equal(await stateOf(ada), 'online')
  clock.ahead += 10_000
  assert.equal(await stateOf(ada), 'offline')
})

test('an agent that does nothing for five minutes is idle, until it calls anything by any way', async () => {
  const ada = await joins()
  await using socket = await opens(ada)
  clock.ahead += 290_000
  assert.equal(await stateOf(ada), 'online')
  clock.ahead += 10_000
  assert.equal(await stateOf(ada), 'idle')
  await socket.call('room.list')
  assert.equal(await stateOf(ada), 'online')
  clock.ahead += 300_000
  assert.equal(await stateOf(ada), 'idle')
  await ask(ada, 'GET /v1/me')
  assert.equal(await stateOf(ada), 'online')
  clock.ahead += 300_000
  await ask(ada, 'GET /v1/me')
  await ask(await joins(), 'GET /v1/me')
  clock.ahead += 300_000
  assert.equal((await send(url, 'GET /v1/room/global')).status, 200)
  assert.equal(await stateOf(ada), 'idle')
})

test('who only polls says that it is there for a while, and what it does', async () => {
  const ada = await joins()
  const { status, body } = await set(ada, { status: '  reads\u202e the\n papers ', busy: true, for: 60 })
  assert.deepEqual([status, body.state, body.status, body.busy], [200, 'online', 'reads the papers', true])
  assert.deepEqual(await presenceOf(ada.did), body)
  clock.ahead += 50_000
  assert.deepEqual(await presenceOf(ada.id), body)
  assert.deepEqual((await set(ada, {})).body, { agent: ada.id, state: 'online', busy: false, since: body.since })
  clock.ahead += 110_000
  assert.equal(await stateOf(ada), 'online')
  clock.ahead += 10_000
  assert.equal(await stateOf(ada), 'offline')
  assert.equal((await set(ada, { status: 'é'.repeat(200) })).body.status, 'é'.repeat(140))
  for (const wrong of [{ for: 9 }, { for: 3_601 }, { status: 1 }, { state: 'online' }, { status: 'x'.repeat(1_001) }])
    assert.equal((await set(ada, wrong)).body.code, 'invalid_request', JSON.stringify(wrong))
  assert.equal((await send(url, 'PUT /v1/presence', { body: {} })).body.code, 'signature_missing')
})

test('a status stays while there is a connection, and goes with the last', async () => {
  const ada = await joins()
  const socket = await opens(ada)
  await socket.call('presence.set', { status: 'builds', busy: true, for: 10 })
  for (const _ of [1, 2, 3]) {
    clock.ahead += 30_000
    await stateOf(ada)
  }
  const { status, busy } = await presenceOf(ada.id)
  assert.deepEqual([status, busy], ['builds', true])
  await socket[Symbol.asyncDispose]()
  await left(0)
  clock.ahead += 10_000
  assert.deepEqual(await presenceOf(ada.id), offline(ada))
})

test('anyone may ask for up to a hundred agents; whoever is not known is offline', async () => {
  const [ada, bob] = [await joins(), await joins()]
  await set(ada, {})
  const nobody = crypto.randomUUID()
  const { body } = await send(url, `GET /v1/presence?agents=${nobody},${ada.did},${bob.id}`)
  assert.deepEqual(
    body.presences.map(({ agent, state }: Presence) => [agent, state]),
    [
      [nobody, 'offline'],
      [ada.id, 'online'],
      [bob.id, 'offline'],
    ],
  )
  for (const agents of [Array(101).fill(nobody).join(), '', 'ada'])
    assert.match((await send(url, `GET /v1/presence?agents=${agents}`)).body.code, /^invalid_/)
})

/** What a stream has told of presence. */
const changes = (events: readonly { type: string; presence?: Presence }[]) =>
  events.flatMap(({ type, presence }) => (type === 'presence.changed' ? [presence!] : []))

test('streams tell of agents that they watch, on each transport, and of no others', async () => {
  const [ada, bob, eve] = [await joins(), await joins(), await joins()]
  await using watcher = await opens(bob)
  const { subscription, cursor } = await watcher.call('events.subscribe', { presence: [ada.did] })
  await using sse = await follow(url, `presence=${ada.id}`)
  const polled = ask(bob, `GET /v1/sync?presence=${ada.id}&wait=30&max_tokens=1000&cursor=${cursor}`)
  await eventually(async () => (await figure('aicq_streams')) === 3)
  await set(eve, {})
  const socket = await opens(ada)
  const { event } = await watcher.told('event', ({ event }) => event.type === 'presence.changed')
  assert.deepEqual(event, {
    cursor: event.cursor,
    type: 'presence.changed',
    ts: event.ts,
    agent: ada.id,
    presence: await presenceOf(ada.id),
  })
  await sse.until(({ agent }) => agent === ada.id)
  const { body } = await polled
  assert.deepEqual(changes(body.events), [event.presence])
  await ask(bob, 'POST /v1/room/global', { body: 'then' })
  const next = await ask(bob, `GET /v1/sync?rooms=global&cursor=${body.cursor}`)
  assert.deepEqual([next.body.events.at(-1).type, changes(next.body.events)], ['message.created', []])
  await socket.call('presence.set', { status: 'one', for: 10 })
  await socket.call('presence.set', { status: 'two', for: 10 })
  clock.ahead += 5_000
  await sse.until(({ presence }) => presence?.status === 'two')
  await socket[Symbol.asyncDispose]()
  await left(1)
  clock.ahead += 10_000
  await sse.until(({ presence }) => presence?.state === 'offline')
  await watcher.told('event', ({ event }) => event.presence?.state === 'offline')
  const told = changes(watcher.notifications.flatMap(({ params }) => (params.event ? [params.event] : [])))
  for (const each of [told, changes(sse.events)])
    assert.deepEqual(
      // changes of a few seconds may be told as one
      each.filter(({ status }) => status !== 'one').map(({ agent, state, status }) => [agent, state, status]),
      [
        [ada.id, 'online', undefined],
        [ada.id, 'online', 'two'],
        [ada.id, 'offline', undefined],
      ],
    )
  await watcher.call('events.unsubscribe', { subscription })
})

test('who comes back within ten seconds was never away', async () => {
  const ada = await joins()
  const socket = await opens(ada)
  await using sse = await follow(url, `presence=${ada.id}`)
  await socket[Symbol.asyncDispose]()
  await left(0)
  clock.ahead += 5_000
  await using again = await opens(ada)
  clock.ahead += 8_000
  await again.call('presence.set', { status: 'back', for: 10 })
  await sse.until(({ presence }) => presence !== undefined)
  assert.deepEqual(
    changes(sse.events).map(({ state, status }) => [state, status]),
    [['online', 'back']],
  )
})

test('a connection that dies without a word counts until heartbeats find out, and ten seconds more', async () => {
  const ada = await joins()
  await using dead = await opens(ada, { autoPong: false })
  let isClosed = false
  dead.closed.then(() => {
    isClosed = true
  })
  await eventually(async () => {
    clock.ahead += 250
    return isClosed
  })
  await left(0)
  assert.equal(await stateOf(ada), 'online')
  clock.ahead += 10_000
  assert.equal(await stateOf(ada), 'offline')
})

test('of an erased agent nothing is left, whoever erased it', async () => {
  const [ada, bob] = [await joins(), await joins()]
  const erase = (agent: Identity, as: Identity) => ask(as, `DELETE /v1/agent/${agent.id}`)
  for (const agent of [ada, bob]) {
    await set(agent, { status: 'a secret', for: 3_600 })
    assert.equal((await presenceOf(agent.id)).status, 'a secret')
    assert.equal((await erase(agent, agent === ada ? ada : admin)).status, 204)
    assert.deepEqual(await presenceOf(agent.id), offline(agent))
  }
})
