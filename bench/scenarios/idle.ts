import { diskFolder, serve } from '../../tools/testing/served.ts'
import { openReaders } from '../parts/audience.ts'
import { type Figure, figure } from '../parts/figures.ts'
import { residentOf } from '../parts/process.ts'

/** What an idle socket with one subscription holds of the server's memory. */
export async function idle(small: boolean): Promise<Figure[]> {
  using folder = diskFolder()
  await using server = await serve(folder.path)
  using readers = await openReaders(server.url)
  const pause = () => new Promise((resolve) => setTimeout(resolve, small ? 100 : 20_000))
  const [warm, sockets] = small ? [10, 100] : [500, 10_000]
  // what the first ones make the server load is not theirs
  await readers.ask({ do: 'open', sockets: warm })
  await readers.ask({ do: 'close' })
  await pause()
  const before = residentOf(server.pid)
  const { open } = await readers.ask({ do: 'open', sockets })
  await pause()
  if (open < sockets) throw new Error(`${open} of ${sockets} sockets are open`)
  return [
    figure('idle.kb_per_connection', Math.max(0.1, ((residentOf(server.pid) - before) * 1024) / sockets), {
      at_most: 15,
    }),
  ]
}
