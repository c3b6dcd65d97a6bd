import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type RedisServer, startRedis, startRedisCluster } from '../../../../../tools/services/redis.ts'
import { attendingContract } from '../attending-contract.ts'
import { countingContract } from '../contract.ts'
import type { Coordination } from '../coordination.ts'
import { openRedis, type RedisClient } from './connect.ts'
import { redisCoordination } from './redis.ts'

let one: RedisServer
let many: Awaited<ReturnType<typeof startRedisCluster>>
const clients: RedisClient[] = []

before(async () => {
  one = await startRedis()
  many = await startRedisCluster()
})
after(async () => {
  for (const client of clients) await client[Symbol.asyncDispose]()
  await one[Symbol.asyncDispose]()
  await many[Symbol.asyncDispose]()
})

/** An empty one. */
async function open(urls: readonly string[], now: () => number): Promise<Coordination> {
  const client = openRedis(urls, () => {}, 30_000)
  clients.push(client)
  const coordination = redisCoordination(client, now)
  await new Promise<void>((resolve) => client.onGap(resolve))
  const { commands } = client
  if (commands.status !== 'ready') await new Promise((resolve) => commands.once('ready', resolve))
  const servers = 'nodes' in commands ? commands.nodes('master') : [commands]
  await Promise.all(servers.map((server) => server.flushall()))
  return coordination
}
const ofOne = (now: () => number) => open([one.url], now)
const ofMany = (now: () => number) =>
  open(
    many.nodes.map(({ url }) => url),
    now,
  )

countingContract('Redis', ofOne)
attendingContract('Redis', ofOne)
countingContract('Redis Cluster', ofMany)
attendingContract('Redis Cluster', ofMany)

test('what is asked together goes to Redis as one script, and each hears its own answer', async () => {
  const coordination = await ofOne(() => 1_790_000_000_000)
  const { commands } = clients.at(-1)!
  await commands.config('RESETSTAT')
  const asked = Array.from({ length: 500 }, (_, n) => {
    const ask = { of: `agent ${n % 100}`, key: 'k', max: 1_000, window: 60, cost: 1 + (n % 100) }
    return n % 2 ? coordination.enter(ask).then(({ taken }) => taken) : coordination.take([ask]).then(([one]) => one!)
  })
  const claimed = ['one', 'two', 'one'].map((nonce) => coordination.claimNonce('agent', nonce, 1_790_000_060_000))
  for (const [n, { used }] of (await Promise.all(asked)).entries())
    assert.equal(used, (Math.floor(n / 100) + 1) * (1 + (n % 100)))
  assert.deepEqual(await Promise.all(claimed), [true, true, false])
  const scripts = Number(/cmdstat_evalsha:calls=(\d+)/.exec(await commands.info('commandstats'))?.[1])
  assert.ok(scripts <= 4, `${scripts} scripts`) // the first is refused while Redis does not know it
})
