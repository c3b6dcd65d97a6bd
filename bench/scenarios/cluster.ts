import { diskFolder, type ServedProcess, serve } from '../../tools/testing/served.ts'
import { openReaders } from '../parts/audience.ts'
import { type Driver, openDriver } from '../parts/driver.ts'
import { type Figure, figure, median, percentile } from '../parts/figures.ts'
import { startNodes } from '../parts/nodes.ts'
import { cpuSince } from '../parts/process.ts'
import { counted, often } from './post.ts'

/** A thousand of them come from one address. */
const sockets = { LIMIT_SESSION_OPEN: often, LIMIT_EVENTS_SUBSCRIBE: often, SOCKETS_PER_ADDRESS: '2000' }

type Readers = Awaited<ReturnType<typeof openReaders>>

/** What it costs that a server is one of two, on one PostgreSQL and one Redis. */
export async function cluster(small: boolean): Promise<Figure[]> {
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(diskFolder())
  const alone = opened.use(await serve(folder.path, { environment: counted }))
  const { nodes } = opened.use(await startNodes(2, { ...counted, ...sockets }))
  const servers = [alone, ...nodes]
  const drivers = await Promise.all(servers.map(({ url }) => openDriver(url)))
  for (const driver of drivers) opened.use(driver)
  const readers = await Promise.all(nodes.map(({ url }) => openReaders(url)))
  for (const reader of readers) opened.use(reader)
  const [ofOne, ...ofTwo] = drivers as [Driver, Driver, Driver]
  return [
    // before much has been written, which PostgreSQL then puts in order
    ...(await deliveries(nodes, ofTwo[0], readers, small)),
    ...(await stopped(nodes, ofTwo, small)),
    ...(await posts(servers, ofOne, ofTwo, small)),
  ]
}

/** CPU of a server for a post, two at work ÷ one alone with its embedded database. */
async function posts(
  [alone, ...nodes]: readonly ServedProcess[],
  ofOne: Driver,
  ofTwo: readonly Driver[],
  small: boolean,
): Promise<Figure[]> {
  const [count, rounds] = small ? [200, 1] : [8_000, 5]
  const order = { connections: 64, posts: count, seconds: 30, proof: 'message' } as const
  const cost = async (server: ServedProcess, driver: Driver) => {
    let spent = () => 0
    const { posted, seconds } = await driver.run(order, () => {
      spent = cpuSince([server.pid])
    })
    return { cpu: spent() / posted, rate: posted / seconds }
  }
  const [ratios, byTurns, rates]: [number[], number[], number[]] = [[], [], []]
  for (let round = -1; round < rounds; round++) {
    const one = await cost(alone!, ofOne)
    const two = await Promise.all(nodes.map((node, at) => cost(node, ofTwo[at]!)))
    const turn = await cost(nodes[0]!, ofTwo[0]!)
    if (round < 0) continue // so that nothing is done for the first time
    ratios.push(Math.max(...two.map(({ cpu }) => cpu)) / one.cpu)
    byTurns.push(turn.cpu / one.cpu)
    rates.push(two.reduce((sum, { rate }) => sum + rate, 0) / one.rate)
  }
  return [
    figure('cluster.post_cpu_ratio', median(ratios), { at_most: 1.25 }),
    figure('cluster.post_cpu_ratio_one_at_work', median(byTurns), { at_most: 1.25 }),
    figure('cluster.post_rate_ratio', median(rates)),
  ]
}

/** Posts of one node to readers of both. */
async function deliveries(
  nodes: readonly ServedProcess[],
  driver: Driver,
  readers: readonly Readers[],
  small: boolean,
): Promise<Figure[]> {
  const [sockets, count, rate, seconds] = small ? [5, 40, 50, 1] : [500, 600, 200, 10]
  const all = <T>(work: (reader: Readers) => Promise<T>) => Promise.all(readers.map(work))
  const timed = { connections: 16, posts: rate * seconds, seconds: seconds * 2, proof: 'message', rate } as const
  await driver.run({ ...timed, posts: rate * (small ? 0.2 : 3) }) // so that nothing is done for the first time
  await all((reader) => reader.ask({ do: 'open', sockets: Math.min(sockets, 25) }))
  const { posted: slow } = await driver.run({ ...timed, timed: true })
  const late = await all((reader) => reader.ask({ do: 'await', each: slow, seconds: 10 }))
  await all((reader) => reader.ask({ do: 'close' }))
  await all((reader) => reader.ask({ do: 'open', sockets }))
  const events = async (each: number) =>
    (await all((reader) => reader.ask({ do: 'await', each, seconds: each === 0 ? 0 : 60 }))).reduce(
      (sum, { events }) => sum + events,
      0,
    )
  const before = await events(0)
  let spent = () => 0
  const { posted } = await driver.run({ connections: 8, posts: count, seconds: 60, proof: 'message' }, () => {
    spent = cpuSince(nodes.map(({ pid }) => pid))
  })
  const perCpu = ((await events(posted)) - before) / spent()
  await all((reader) => reader.ask({ do: 'close' }))
  return [
    figure('cluster.fanout_per_cpu_second', perCpu, { at_least: 100_000 }),
    figure('cluster.latency_p95_ms', percentile(late[0]!.late, 0.95), { at_most: 20 }),
    figure('cluster.other_node_latency_p95_ms', percentile(late[1]!.late, 0.95), { at_most: 20 }),
  ]
}

/** The longest that a post of one node took while the other, which was posting too, did not move. */
async function stopped(nodes: readonly ServedProcess[], drivers: readonly Driver[], small: boolean): Promise<Figure[]> {
  const [times, seconds] = small ? [1, 2] : [5, 5]
  const longest: number[] = []
  for (let time = 0; time < times; time++) {
    const order = { connections: 16, posts: 100 * seconds, seconds: seconds * 4, proof: 'request', rate: 100 } as const
    const [one] = await Promise.all([
      drivers[0]!.run(order),
      drivers[1]!.run(order, () => {
        const { pid } = nodes[1]!
        setTimeout(() => process.kill(pid, 'SIGSTOP'), seconds * 200 + Math.random() * 50)
        setTimeout(() => process.kill(pid, 'SIGCONT'), seconds * 800)
      }),
    ])
    longest.push(Math.max(...one.took))
  }
  return [figure('cluster.stopped_node_delay_ms', Math.max(...longest), { at_most: 1_500 })]
}
