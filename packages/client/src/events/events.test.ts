import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityFromSeed, newSeed } from '@aicq/protocol'
import { otherNode } from '../../../../tools/testing/other-node.ts'
import { type Proxy as Network, startProxy } from '../../../../tools/testing/proxy.ts'
import { eventually } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'
import { type Agent, type AgentEvent, connect } from '../index.ts'
import { silence } from './link.ts'

// on a busy machine a way opens slowly, and would be left for another
Object.assign(silence, { opening: 60_000 })

/** Two agents at a server behind a proxy, which notes what is asked for. */
async function start() {
  await using opened = new AsyncDisposableStack()
  const proxy = opened.use(await startProxy())
  const server = opened.use(await startTestServer({ PUBLIC_URL: proxy.url }))
  proxy.target = server.url
  const newcomer = async () => {
    const agent = opened.use(connect(proxy.url, { identity: await identityFromSeed(newSeed()) }))
    await agent.register()
    return agent
  }
  const [ada, bob] = [await newcomer(), await newcomer()]
  const closing = opened.move()
  return { proxy, server, ada, bob, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

/** The ways by which events can come. */
const ways = { socket: '/v1/ws', sse: '/v1/stream', poll: '/v1/sync' }

/** Lets only some ways through. Gives how often each was asked for. */
function allow(proxy: Network, allowed: readonly (keyof typeof ways)[]): Record<string, number> {
  const asked: Record<string, number> = {}
  proxy.fate = (line) => {
    const way = Object.entries(ways).find(([, path]) => line.includes(path))?.[0]
    if (!way) return { kind: 'pass' }
    asked[way] = (asked[way] ?? 0) + 1
    return { kind: allowed.includes(way as keyof typeof ways) ? 'pass' : 'drop' }
  }
  return asked
}

/** The bodies of so many messages. */
async function bodies(events: AsyncIterable<AgentEvent>, count: number): Promise<(string | undefined)[]> {
  const heard: (string | undefined)[] = []
  for await (const { message } of events) {
    if (message) heard.push(message.body)
    if (heard.length === count) break
  }
  return heard
}

/** Hears two messages, the second of which is posted once the first was heard. */
async function hearTwo(ada: Agent, bob: Agent): Promise<string[]> {
  const room = ada.room('global')
  const events = bob.events({ rooms: ['global'] })
  const heard: string[] = []
  const first = events.next()
  const posting = (async () => {
    for (let n = 1; heard.length === 0; n++) {
      await room.post(`first ${n}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    await room.post('last')
  })()
  for (let next = await first; !next.done; next = await events.next()) {
    const { message } = next.value
    if (message) heard.push(message.body)
    if (message?.body === 'last') break
  }
  await posting
  await events.return()
  return heard
}

const inOrder = (heard: string[]) => {
  const numbers = heard.slice(0, -1).map((body) => Number(body.split(' ')[1]))
  return numbers.every((number, nth) => nth === 0 || number === numbers[nth - 1]! + 1) && heard.at(-1) === 'last'
}

test('events come over a socket, messages proven', async () => {
  await using network = await start()
  const { proxy, ada, bob } = network
  const asked = allow(proxy, ['socket', 'sse', 'poll'])
  assert.ok(inOrder(await hearTwo(ada, bob)))
  assert.deepEqual(asked, { socket: 1 })
})

test('where no socket opens twice, events come by Server-Sent Events', async () => {
  await using network = await start()
  const { proxy, ada, bob } = network
  const asked = allow(proxy, ['sse', 'poll'])
  assert.ok(inOrder(await hearTwo(ada, bob)))
  assert.deepEqual(asked, { socket: 2, sse: 1 })
})

test('where no stream opens either, events come by asking again and again', async () => {
  await using network = await start()
  const { proxy, ada, bob } = network
  const asked = allow(proxy, ['poll'])
  assert.ok(inOrder(await hearTwo(ada, bob)))
  assert.deepEqual([asked.socket, asked.sse], [2, 2])
  assert.ok(asked.poll! > 1)
})

test('where no way is ever to be had, the loop fails', async () => {
  await using network = await start()
  const { proxy, bob } = network
  allow(proxy, [])
  await assert.rejects(bob.events({ rooms: ['global'] }).next(), { code: 'unreachable' })
})

test('who goes on from a cursor gets what came meanwhile, once, whatever the way was before', async () => {
  await using network = await start()
  const { proxy, ada, bob } = network
  const room = ada.room('global')
  const { cursor } = await room.read()
  for (const body of ['a', 'b', 'c']) await room.post(body)
  const heard: AgentEvent[] = []
  for (const [way, from] of [
    ['socket', cursor],
    ['sse', undefined],
    ['poll', undefined],
  ] as const) {
    allow(proxy, [way])
    for await (const event of bob.events({ rooms: ['global'], cursor: from ?? heard.at(-1)!.cursor })) {
      heard.push(event)
      if (event.message) break
    }
  }
  assert.deepEqual(
    heard.flatMap(({ message }) => (message ? [[message.body, message.proof]] : [])),
    [
      ['a', 'proven'],
      ['b', 'proven'],
      ['c', 'proven'],
    ],
  )
})

test('direct messages come read, to who asks for nothing in particular', async () => {
  await using network = await start()
  const { ada, bob } = network
  const events = bob.events({ cursor: (await bob.room('global').read()).cursor })
  await ada.dm(bob.identity!.id).send('between us')
  const { value } = await events.next()
  assert.deepEqual([value?.type, value?.dm?.text, value?.dm?.proof], ['dm.received', 'between us', 'proven'])
  await events.return()
})

test('a private room is heard with its key, by a client that is not registered too', async () => {
  await using network = await start()
  const { proxy, ada } = network
  const key = 'open sesame, please'
  const { id } = await ada.createRoom('vault', { key })
  for (const allowed of ['socket', 'sse'] as const)
    for (const identity of [undefined, await identityFromSeed(newSeed())]) {
      allow(proxy, [allowed])
      await using nobody = connect(proxy.url, identity ? { identity } : {})
      const { cursor } = await ada.room(id).read()
      await ada.room(id).post(allowed)
      assert.deepEqual(await bodies(nobody.events({ rooms: [{ id, key }], cursor }), 1), [allowed])
      await assert.rejects(nobody.events({ rooms: [id], cursor }).next(), { code: 'room_not_found' })
    }
})

test('a cursor that is not of this log is told as resync_required, with the place to go on from', async () => {
  await using network = await start()
  const { proxy, bob } = network
  for (const way of ['socket', 'sse', 'poll'] as const) {
    allow(proxy, [way])
    const failure = await bob
      .events({ rooms: ['global'], cursor: 'nowhere' })
      .next()
      .catch((error) => error)
    assert.deepEqual([failure.code, typeof failure.problem.cursor], ['resync_required', 'string'], way)
  }
})

test('whoever waits is let go when the loop is left, its signal aborts, or the agent is closed', async () => {
  await using network = await start()
  const { proxy, bob } = network
  for (const way of ['socket', 'sse', 'poll'] as const) {
    allow(proxy, [way])
    const left = bob.events({ rooms: ['global'] })
    const waiting = left.next()
    const stop = new AbortController()
    const stopped = bob.events({ rooms: ['global'], signal: stop.signal }).next()
    const agent = connect(proxy.url, { identity: bob.identity! })
    const closed = agent.events({ rooms: ['global'] }).next()
    await left.return()
    assert.equal((await waiting).done, true)
    stop.abort()
    await assert.rejects(stopped, { name: 'AbortError' })
    await agent[Symbol.asyncDispose]()
    assert.equal((await closed).done, true)
  }
  await eventually(async () => proxy.open === 0)
})

test('who does not fetch is sent no more than a thousand events ahead, and misses none of them', async () => {
  await using network = await start()
  const { proxy, server, ada, bob } = network
  const asked = allow(proxy, ['socket'])
  const { cursor } = await ada.room('global').read()
  await using node = await otherNode(server.database)
  const post = () => Promise.all(Array.from({ length: 1_200 }, () => node.say(ada.identity!, 'x')))
  await post()
  const events = bob.events({ rooms: ['global'], cursor })
  const heard: number[] = []
  const hear = async (count: number) => {
    while (heard.length < count) {
      const { value } = await events.next()
      if (value?.message) heard.push(value.message.seq)
    }
  }
  await hear(1)
  await eventually(async () => asked.socket === 1 && proxy.open === 0)
  await post()
  await hear(2_400)
  assert.ok(heard.every((seq, nth) => seq === nth + 1))
  assert.ok(asked.socket! > 1)
  await events.return()
})
