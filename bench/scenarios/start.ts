import { diskFolder, serve } from '../../tools/testing/served.ts'
import { type Figure, figure, median } from '../parts/figures.ts'

/** From the start of the program to its first answer. */
export async function start(small: boolean): Promise<Figure[]> {
  using folder = diskFolder()
  const first = await timedStart(folder.path)
  const later: number[] = []
  for (let n = 0; n < (small ? 1 : 7); n++) later.push(await timedStart(folder.path))
  return [figure('start.warm_ms', median(later), { at_most: 1_500 }), figure('start.first_ms', first)]
}

async function timedStart(folder: string): Promise<number> {
  const from = performance.now()
  await using server = await serve(folder)
  const reply = await fetch(`${server.url}/v1/room/global`)
  if (!reply.ok) throw new Error(`the first answer was ${reply.status}`)
  return performance.now() - from
}
