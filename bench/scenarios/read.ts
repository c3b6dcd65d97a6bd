import { uuidToMessageId } from '@aicq/protocol'
import { diskFolder, serve } from '../../tools/testing/served.ts'
import { type Figure, figure, median } from '../parts/figures.ts'
import { makeHistory, messageAt } from '../parts/history.ts'
import { registerOne, timeRequests } from '../parts/timing.ts'

const largeRoom = '01890000-0000-7000-8000-00000000000a'
const smallRoom = '01890000-0000-7000-8000-00000000000b'

/** How reading depends on the size of the room. */
export async function read(small: boolean): Promise<Figure[]> {
  using folder = diskFolder()
  await using server = await serve(folder.path)
  await registerOne(server.url)
  const client = await server.connect()
  const sizes = { [largeRoom]: small ? 2_000 : 1_000_000, [smallRoom]: small ? 200 : 1_000 }
  const lookups = new Map<string, string>()
  for (const [room, messages] of Object.entries(sizes)) {
    await makeHistory(client, {
      room,
      messages,
      span: 3_600_000,
      expireInDays: 2,
      body: 'md5(n::text) || md5((n + 1)::text)',
    })
    lookups.set(room, uuidToMessageId(await messageAt(client, room, Math.floor(messages / 2))))
  }
  await client.end()

  const none = (): Record<string, number[]> => ({ [largeRoom]: [], [smallRoom]: [] })
  const times = { page: none(), one: none() }
  for (let round = 0; round < (small ? 2 : 12); round++)
    for (const room of [largeRoom, smallRoom]) {
      const path = `${server.url}/v1/room/${room}`
      const page = await timeRequests(path, 50, ({ messages }: { messages: unknown[] }) => messages.length === 50)
      const id = lookups.get(room)!
      const one = await timeRequests(`${path}/${id}`, 50, (message: { id: string }) => message.id === id)
      // the first round warms caches and plans
      if (round === 0) continue
      times.page[room]!.push(...page)
      times.one[room]!.push(...one)
    }
  const ratio = (what: 'page' | 'one') => median(times[what][largeRoom]!) / median(times[what][smallRoom]!)
  return [
    figure('read.flatness', Math.max(ratio('page'), ratio('one')), { at_most: 1.3 }),
    figure('read.page_ms', median(times.page[largeRoom]!)),
    figure('read.one_ms', median(times.one[largeRoom]!)),
  ]
}
