import { diskFolder, serve } from '../../tools/testing/served.ts'
import { type Figure, figure } from '../parts/figures.ts'
import { proportionalOf, residentOf } from '../parts/process.ts'

/** What an idle server holds. */
export async function memory(small: boolean): Promise<Figure[]> {
  using folder = diskFolder()
  await using server = await serve(folder.path)
  for (const path of ['/health', '/v1/room/global', '/stats']) await fetch(server.url + path)
  await new Promise((resolve) => setTimeout(resolve, small ? 100 : 10_000))
  return [
    figure('memory.server_mb', residentOf(server.pid), { at_most: 130 }),
    figure('memory.postgres_mb', proportionalOf(server.postgres()), { at_most: 50 }),
  ]
}
