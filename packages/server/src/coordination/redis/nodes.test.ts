import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { newMessageId } from '@aicq/protocol'
import { startTcpProxy, type TcpProxy } from '../../../../../tools/cluster/tcp-proxy.ts'
import { ask, type RedisServer, startRedis } from '../../../../../tools/services/redis.ts'
import { eventually, newAgent, send } from '../../../../../tools/testing/requests.ts'
import { startTestServer, type TestServer } from '../../../../../tools/testing/server.ts'
import { dial } from '../../../../../tools/testing/sockets.ts'

let redis: RedisServer
let network: TcpProxy
let one: TestServer
let two: TestServer

const settings = (port: number) => ({
  REDIS_URL: `redis://127.0.0.1:${port}`,
  RATE_LIMIT_WHITELIST: '',
  TRUST_PROXY: '127.0.0.1',
  LIMIT_AGENT_GET: '2/60',
  BLOCK_AFTER: '3/60',
  LIMIT_AGENT_REGISTER: '1000/60',
  LIMIT_SIGNED: '100000/60',
  LIMIT_MESSAGE_POST: '100000/60',
  LIMIT_BYTES: '10000000/60',
  LIMIT_AGENT_ME: '10000/60',
})
before(async () => {
  redis = await startRedis()
  network = await startTcpProxy(redis.port)
  one = await startTestServer(settings(network.port))
  two = await startTestServer(settings(redis.port), undefined, one)
  await isBack()
})
after(async () => {
  await two[Symbol.asyncDispose]()
  await one[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
  await redis[Symbol.asyncDispose]()
})

const breaker = async ({ url }: TestServer) => (await send(url, 'GET /v1/health')).body.checks.redis.status
const isBack = () => eventually(async () => (await breaker(one)) === 'pass' && (await breaker(two)) === 'pass')
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
const metric = async ({ url }: TestServer, name: string) =>
  Number(new RegExp(`^${name} (\\d+)`, 'm').exec((await send(url, 'GET /metrics')).body)?.[1])

/** What Redis does not say within half a second, a server answers by itself: what is to hold with Redis holds in one of some attempts. */
async function attempts(work: (attempt: number) => Promise<void>): Promise<void> {
  for (let n = 1; ; n++)
    try {
      return await work(n)
    } catch (cause) {
      if (n === 10) throw cause
      await isBack()
    }
}

test('limits are one count for all servers, and so are blocks', async () => {
  const ada = await newAgent(one.url)
  await attempts(async (attempt) => {
    const look = (server: TestServer, address = `192.0.2.${attempt}`) =>
      send(server.url, `GET /v1/who/${ada.id}`, from(address))
    assert.deepEqual(
      [await look(one), await look(two), await look(one)].map(({ status }) => status),
      [200, 200, 429],
    )
    for (const server of [two, one]) assert.equal((await look(server)).status, 429)
    const { status, body } = await look(two)
    assert.deepEqual([status, body.code], [403, 'address_blocked'])
    assert.equal((await look(two, `198.51.100.${attempt}`)).status, 200)
  })
})

test('a nonce of a read is good at one server alone', async () => {
  const ada = await newAgent(one.url)
  await attempts(async (attempt) => {
    const me = (server: TestServer) => send(server.url, 'GET /v1/me', { as: ada, nonce: `${attempt}`.repeat(32) })
    assert.equal((await me(one)).status, 200)
    assert.equal((await me(two)).status, 401)
    assert.equal((await me(one)).body.code, 'nonce_used')
  })
})

test('what is posted at one server is heard at another at once, and who is there is known at both', async () => {
  const [ada, bob] = [await newAgent(one.url), await newAgent(two.url)]
  await using ear = await dial(two.url, { as: bob })
  await ear.call('events.subscribe', { rooms: ['global'], presence: [ada.id] })
  await using mouth = await dial(one.url, { as: ada })
  assert.equal(
    (await ear.told('event', ({ event }) => event.type === 'presence.changed')).event.presence.state,
    'online',
  )
  const waited: number[] = []
  for (let n = 0; n < 40 && !(Math.min(...waited) < 500); n++) {
    const { message_id } = await mouth.call('message.post', { room: 'global', body: 'hello' })
    const began = performance.now()
    await ear.told('event', ({ event }) => event.message?.id === message_id)
    waited.push(performance.now() - began)
    await sleep(100)
  }
  assert.ok(Math.min(...waited) < 500, `${waited}`) // a look without a wake comes once a second
})

test('a request goes to Redis twice at most, before its signature is looked at and after, and to PostgreSQL twice', async () => {
  const ada = await newAgent(one.url)
  /** The fewest of some attempts, or of many where that is more than was wanted: the server has its own work to do as well. */
  async function trips(work: () => Promise<{ status: number }>, wanted: [number, number]): Promise<[number, number]> {
    let fewest: [number, number] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    for (let n = 0; n < 6 || (n < 40 && (fewest[0] > wanted[0] || fewest[1] > wanted[1])); n++) {
      await isBack()
      const statements = await metric(one, 'aicq_postgres_latency_seconds_count')
      const before = network.pieces
      assert.ok((await work()).status < 300)
      const asked = network.pieces - before
      // the page of metrics asks once itself
      const spoken = (await metric(one, 'aicq_postgres_latency_seconds_count')) - statements - 1
      fewest = [Math.min(fewest[0], asked), Math.min(fewest[1], spoken)]
      await sleep(300 + Math.random() * 100)
    }
    return fewest
  }
  assert.deepEqual(await trips(() => send(one.url, 'GET /v1/room/global'), [1, 2]), [1, 2])
  assert.deepEqual(await trips(() => send(one.url, 'GET /v1/me', { as: ada }), [2, 2]), [2, 2])
  const body = () => ({ id: newMessageId(), body: 'hello' })
  // and once more to tell the others, for which nobody waits
  const post = () => send(one.url, 'POST /v1/room/global', { as: ada, body: body() })
  const [toRedis, toPostgres] = await trips(post, [3, 2])
  assert.equal(toRedis, 3)
  assert.ok(toPostgres >= 1 && toPostgres <= 2, `${toPostgres}`) // the follower of the log may come in between
})

test('what everybody is to know is kept when Redis is wiped, restarted or away', async () => {
  const ada = await newAgent(one.url)
  await using ear = await dial(two.url)
  await ear.call('events.subscribe', { rooms: ['global'] })
  const written: string[] = []
  const bad: unknown[] = []
  let isOver = false
  const writing = [one, two].map(async ({ url }) => {
    while (!isOver) {
      const id = newMessageId()
      const { status, body } = await send(url, 'POST /v1/room/global', { as: ada, body: { id, body: 'hello' } })
      if (status === 201) written.push(id)
      else bad.push([status, body])
      await sleep(10)
    }
  })
  const nonce = 'w'.repeat(32)
  const repeated = { id: newMessageId(), body: 'once' }
  const once = () => send(one.url, 'POST /v1/room/global', { as: ada, body: repeated, nonce })
  assert.equal((await once()).status, 201)

  await ask(redis.port, 'flushall')
  assert.equal((await once()).body.code, 'nonce_used')
  await redis.restart()
  await isBack()
  process.kill(redis.pid, 'SIGSTOP')
  await eventually(async () => (await breaker(one)) === 'fail')
  const [before, began] = [network.pieces, performance.now()]
  for (let n = 0; n < 20; n++) assert.equal((await send(one.url, 'GET /v1/me', { as: ada })).status, 200)
  // nobody waits for it, since nobody asks: 20 requests would ask 40 times, and a look whether it is back comes once a second
  const looks = 10 + (2 * (performance.now() - began)) / 1000
  assert.ok(network.pieces - before < looks, `${network.pieces - before} times`)
  assert.equal((await send(one.url, 'GET /health/ready')).status, 200)
  assert.equal((await once()).body.code, 'nonce_used')
  process.kill(redis.pid, 'SIGCONT')
  await isBack()
  await redis.kill()
  await eventually(async () => (await breaker(two)) === 'fail')
  const look = (server: TestServer) => send(server.url, `GET /v1/who/${ada.id}`, from('192.0.2.9'))
  assert.deepEqual(
    [await look(one), await look(one), await look(one)].map(({ status }) => status),
    [200, 200, 429],
  )
  assert.equal((await look(two)).status, 200)
  await redis.restart()
  await isBack()
  await eventually(async () => written.length > 100, 60_000)
  isOver = true
  await Promise.all(writing)
  assert.deepEqual(bad, [])
  const heard = () => ear.notifications.flatMap(({ params }) => params.event?.message?.id ?? [])
  const missing = () => {
    const known = new Set(heard())
    return written.filter((id) => !known.has(id))
  }
  await eventually(async () => missing().length === 0).catch(() => assert.deepEqual(missing(), []))
  assert.equal(new Set(heard()).size, heard().length)
  assert.deepEqual(
    [await look(one), await look(two), await look(one)].map(({ status }) => status),
    [200, 200, 429],
  )
})
