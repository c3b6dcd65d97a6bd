import type { ClusterOfNodes } from '../cluster/cluster.ts'
import type { ClusterNode } from '../cluster/node.ts'
import { ask as askRedis } from '../services/redis.ts'
import { oneOf, pause } from './call.ts'

/** Breaks something, waits, and mends it. Gives what it was. */
export type Fault = (cluster: ClusterOfNodes) => Promise<string>

const seconds = (least: number, most: number) => pause((least + Math.random() * (most - least)) * 1000)
const nodeName = ({ nodes }: ClusterOfNodes, node: ClusterNode) => `node ${nodes.indexOf(node) + 1}`

/** One server, or the way from it to what it needs. */
const onNode =
  (what: string, work: (node: ClusterNode, cluster: ClusterOfNodes) => Promise<void>): Fault =>
  async (cluster) => {
    const node = oneOf(cluster.nodes)
    await work(node, cluster)
    return `${what}: ${nodeName(cluster, node)}`
  }

const onWay = (what: string, set: (way: ClusterNode['toRedis'], isBroken: boolean) => void): Fault[] =>
  (['toPostgres', 'toRedis'] as const).map((way) =>
    onNode(`${what} ${way === 'toRedis' ? 'Redis' : 'PostgreSQL'}`, async (node) => {
      set(node[way], true)
      await seconds(1, 3)
      set(node[way], false)
    }),
  )

/** All that can be done to a cluster while its clients go on. */
export const faults: readonly Fault[] = [
  onNode('killed', async (node) => {
    await node.kill()
    await seconds(0.2, 1)
    await node.start()
  }),
  onNode('restarted', async (node) => {
    await node.stop()
    await node.start()
  }),
  onNode('paused', async (node) => {
    node.pause(true)
    await seconds(0.5, 3)
    node.pause(false)
  }),
  ...onWay('cut off from', (way, isBroken) => {
    way.isClosed = isBroken
    if (isBroken) way.cut()
  }),
  ...onWay('half-open to', (way, isBroken) => {
    way.isDeaf = isBroken
    if (!isBroken) way.cut()
  }),
  ...onWay('slow to', (way, isBroken) => {
    way.delay = isBroken ? 100 : 0
  }),
  onNode('clock moved', async (node) => {
    node.moveClock(oneOf([-20, -1.5, 1.5, 20]))
    await seconds(2, 4)
    node.moveClock(0)
  }),
  async ({ redis }) => {
    await askRedis(redis.port, 'flushall')
    return 'Redis wiped'
  },
  async ({ redis }) => {
    await redis.kill()
    await seconds(0.2, 2)
    await redis.restart()
    return 'Redis killed'
  },
  async ({ redis }) => {
    process.kill(redis.pid, 'SIGSTOP')
    await seconds(0.5, 3)
    process.kill(redis.pid, 'SIGCONT')
    return 'Redis paused'
  },
  async ({ postgres }) => {
    postgres.kill()
    await seconds(0.1, 0.5)
    await postgres.start()
    return 'PostgreSQL killed'
  },
  async ({ postgres }) => {
    postgres.pause(true)
    await seconds(0.5, 2)
    postgres.pause(false)
    return 'PostgreSQL paused'
  },
]
