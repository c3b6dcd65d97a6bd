import { after, before } from 'node:test'
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
  const client = openRedis(urls, () => {})
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
