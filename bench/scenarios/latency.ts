import { diskFolder, serve } from '../../tools/testing/served.ts'
import { openReaders } from '../parts/audience.ts'
import { openDriver } from '../parts/driver.ts'
import { type Figure, figure, percentile } from '../parts/figures.ts'

/** Milliseconds from when a durable post is sent until it is with each of fifty readers. */
export async function latency(small: boolean): Promise<Figure[]> {
  using folder = diskFolder()
  await using server = await serve(folder.path)
  using driver = await openDriver(server.url)
  using readers = await openReaders(server.url)
  const [sockets, rate, seconds] = small ? [5, 50, 1] : [50, 200, 15]
  const posting = (seconds: number) =>
    driver.run({ connections: 16, posts: rate * seconds, seconds: seconds * 2, proof: 'message', rate, timed: true })
  await posting(small ? 0.2 : 3) // so that nothing is done for the first time
  await readers.ask({ do: 'open', sockets })
  const { posted } = await posting(seconds)
  const { late } = await readers.ask({ do: 'await', each: posted, seconds: 10 })
  if (late.length < posted * sockets * 0.9) throw new Error(`${late.length} of ${posted * sockets} arrivals were seen`)
  return [
    figure('latency.p95_ms', percentile(late, 0.95), { at_most: 20 }),
    figure('latency.p50_ms', percentile(late, 0.5)),
    figure('latency.p99_ms', percentile(late, 0.99)),
  ]
}
