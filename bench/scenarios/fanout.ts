import { diskFolder, serve } from '../../tools/testing/served.ts'
import { openReaders } from '../parts/audience.ts'
import { openDriver } from '../parts/driver.ts'
import { type Figure, figure, median } from '../parts/figures.ts'
import { cpuSince } from '../parts/process.ts'

/** How many deliveries a second of the server's CPU gives: posts of one room to a thousand sockets, the posts themselves included. */
export async function fanout(small: boolean): Promise<Figure[]> {
  using folder = diskFolder()
  await using server = await serve(folder.path)
  using driver = await openDriver(server.url)
  using readers = await openReaders(server.url)
  const [sockets, posts, rounds] = small ? [20, 40, 1] : [1_000, 600, 5]
  const { least: before } = await readers.ask({ do: 'open', sockets })
  const perCpu: number[] = []
  const perSecond: number[] = []
  let each = before
  for (let round = 0; round < rounds; round++) {
    let spent = () => 0
    let began = 0
    const { events } = await readers.ask({ do: 'await', each: 0, seconds: 0 })
    const { posted } = await driver.run({ connections: 8, posts, seconds: 60, proof: 'message' }, () => {
      spent = cpuSince([server.pid])
      began = performance.now()
    })
    each += posted
    const after = await readers.ask({ do: 'await', each, seconds: 60 })
    if (after.open < sockets) throw new Error(`${sockets - after.open} readers were cut off`)
    if (after.least < each) throw new Error('not everything was delivered in time')
    perCpu.push((after.events - events) / spent())
    perSecond.push(((after.events - events) * 1000) / (performance.now() - began))
  }
  return [
    figure('fanout.per_cpu_second', median(perCpu), { at_least: 100_000 }),
    figure('fanout.per_second', median(perSecond)),
  ]
}
