import { type RedisServer, startRedis } from '../services/redis.ts'
import { freePort } from '../testing/free-port.ts'
import { type ClusterNode, startNode } from './node.ts'
import { type ClusterPostgres, startClusterPostgres } from './postgres.ts'

/** PostgreSQL, Redis and servers of processes of their own, on loopback. */
export interface ClusterOfNodes extends AsyncDisposable {
  readonly postgres: ClusterPostgres
  readonly redis: RedisServer
  readonly nodes: readonly ClusterNode[]
}

/** Starts a cluster of so many servers. `environment`: further settings of each. */
export async function startCluster(
  count: number,
  environment: Readonly<Record<string, string>> = {},
): Promise<ClusterOfNodes> {
  await using opened = new AsyncDisposableStack()
  const postgres = opened.use(await startClusterPostgres())
  const redis = opened.use(await startRedis())
  const nodes: ClusterNode[] = []
  for (let n = 0; n < count; n++)
    nodes.push(opened.use(await startNode(await freePort(), postgres.socket, redis.port, environment)))
  const closing = opened.move()
  return { postgres, redis, nodes, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}
