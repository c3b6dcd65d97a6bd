import { diskFolder, type ServedProcess, serve } from '../../tools/testing/served.ts'
import { type Figure, figure, percentile } from '../parts/figures.ts'
import { makeHistory } from '../parts/history.ts'
import { registerOne, timeRequests } from '../parts/timing.ts'

const room = '01890000-0000-7000-8000-00000000000a'

/**
 * Ten words of a vocabulary of 50,000 by Zipf's law (rank = 50,000 to the power of a uniform number), and the two that are looked for:
 * `needle` and `thread` in 1 % of messages each, both in 100 of them, evenly spread.
 */
const bodyOf = (messages: number) => {
  const word = (salt: number) =>
    `'w' || floor(power(50000, ((hashint4(($6 + n)::int # ${salt}) & 16777215)::float8 / 16777216)))::text`
  const words = Array.from({ length: 10 }, (_, at) => word((at + 1) * 7_919)).join(` || ' ' || `)
  const both = Math.max(1, Math.floor(messages / 100))
  return `${words}
    || case when ($6 + n) % 100 = 7 or ($6 + n) % ${both} = 0 then ' needle' else '' end
    || case when ($6 + n) % 100 = 57 or ($6 + n) % ${both} = 0 then ' thread' else '' end`
}

/** How search depends on how much has been said. */
export async function find(small: boolean): Promise<Figure[]> {
  using largeFolder = diskFolder()
  using smallFolder = diskFolder()
  await using large = await serverWith(largeFolder.path, small ? 5_000 : 1_000_000)
  await using few = await serverWith(smallFolder.path, small ? 1_000 : 10_000)
  const rare: Record<'large' | 'few', number[]> = { large: [], few: [] }
  const common: number[] = []
  for (let round = 0; round < (small ? 2 : 6); round++) {
    const both = [await ask(large, 'needle thread'), await ask(few, 'needle thread')] as const
    const often = await ask(large, 'w1 w2')
    if (round === 0) continue
    rare.large.push(...both[0])
    rare.few.push(...both[1])
    common.push(...often)
  }
  const p95 = (values: number[]) => percentile(values, 0.95)
  return [
    figure('find.flatness', p95(rare.large) / p95(rare.few), { at_most: 3 }),
    figure('find.p95_ms', p95(rare.large)),
    figure('find.common_words_p95_ms', p95(common)),
  ]
}

async function serverWith(folder: string, messages: number): Promise<ServedProcess> {
  const server = await serve(folder)
  await registerOne(server.url)
  const client = await server.connect()
  await makeHistory(client, { room, messages, span: 3_600_000, expireInDays: 2, body: bodyOf(messages) })
  await client.end()
  return server
}

const ask = (server: ServedProcess, words: string) =>
  timeRequests(`${server.url}/v1/find?q=${encodeURIComponent(words)}`, 40, ({ total }: { total: number }) => total > 0)
