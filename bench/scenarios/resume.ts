import { diskFolder, serve } from '../../tools/testing/served.ts'
import { openReaders } from '../parts/audience.ts'
import { openDriver } from '../parts/driver.ts'
import { type Figure, figure, percentile } from '../parts/figures.ts'

/** How long it takes until many clients that come back at once have caught up, and what that does to those who post meanwhile. */
export async function resume(small: boolean): Promise<Figure[]> {
  using folder = diskFolder()
  await using server = await serve(folder.path)
  using driver = await openDriver(server.url)
  using readers = await openReaders(server.url)
  const [clients, events, rate, seconds] = small ? [20, 40, 20, 1] : [1_000, 1_000, 50, 8]
  const { cursor } = (await (await fetch(`${server.url}/v1/room/global`)).json()) as { cursor: string }
  await driver.run({ connections: 8, posts: events, seconds: 60, proof: 'message' })
  // they come back: it is not the first time that the server sees them
  await readers.ask({ do: 'open', sockets: clients / 20, cursor })
  await readers.ask({ do: 'await', each: events, seconds: 60 })
  await readers.ask({ do: 'close' })
  const posting = (seconds: number) =>
    driver.run({ connections: 8, posts: rate * seconds, seconds: seconds * 2, proof: 'message', rate })
  const alone = await posting(seconds)
  const meanwhile = posting(seconds)
  const began = performance.now()
  await readers.ask({ do: 'open', sockets: clients, cursor })
  const { least, open } = await readers.ask({ do: 'await', each: events, seconds: 60 })
  const took = (performance.now() - began) / 1000
  const during = await meanwhile
  if (open < clients || least < events)
    throw new Error(`${open} of ${clients} clients are there, the last has ${least} events`)
  const p99 = (took: readonly number[]) => percentile(took, 0.99)
  return [
    figure('resume.seconds', took, { at_most: 10 }),
    figure('resume.post_p99_ratio', p99(during.took) / p99(alone.took), { at_most: 2 }),
    figure('resume.post_p99_ms', p99(during.took)),
  ]
}
