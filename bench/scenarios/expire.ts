import { setTimeout as sleep } from 'node:timers/promises'
import { diskFolder, serve } from '../../tools/testing/served.ts'
import { openDriver } from '../parts/driver.ts'
import { type Figure, figure, percentile } from '../parts/figures.ts'
import { makeHistory } from '../parts/history.ts'

const room = '01890000-0000-7000-8000-00000000000a'

/**
 * What posts notice while a day of messages goes away. The server does the same each minute, by the same functions; here they are told
 * that it is tomorrow, so that it happens at a time of our choice.
 */
export async function expire(small: boolean): Promise<Figure[]> {
  using folder = diskFolder()
  await using server = await serve(folder.path)
  using driver = await openDriver(server.url)
  const client = await server.connect()
  const messages = small ? 2_000 : 1_000_000
  const seconds = small ? 1 : 10
  const order = { connections: 8, posts: 200 * seconds, seconds, rate: 200, proof: 'message' } as const
  await driver.run({ ...order, posts: 200 })
  const ratios: number[] = []
  let dropped = 0
  for (let round = 0; round < (small ? 1 : 3); round++) {
    await makeHistory(client, {
      room,
      messages,
      span: 3_600_000,
      expireInDays: 0,
      body: 'md5(n::text) || md5((n + 1)::text)',
    })
    const without = await driver.run(order)
    const dropping = Promise.withResolvers<number>()
    const during = await driver.run(order, () => void drop().then(dropping.resolve, dropping.reject))
    dropped += await dropping.promise
    ratios.push(percentile(during.took, 0.99) / percentile(without.took, 0.99))
    await client.query('select make_partitions($1)', [Date.now()])
  }
  await client.end()
  if (dropped !== ratios.length) throw new Error(`${dropped} tables went away instead of ${ratios.length}`)
  return [figure('expire.disturbance', percentile(ratios, 0.5), { at_most: 2 })]

  /** Drops what has expired; gives how many tables of messages went away. */
  async function drop(): Promise<number> {
    const tomorrow = (Math.floor(Date.now() / 86_400_000) + 1) * 86_400_000
    const retention = 8 * 86_400_000
    const messagesOfToday = `messages_${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`
    const spent = await client.query('select spent_partitions($1, $2) as part', [tomorrow, retention])
    const parts = spent.rows.map(({ part }) => part as string).filter((part) => part === messagesOfToday)
    let gone = 0
    // each try is short, so that nobody waits long for it; where posts take as long, many fail
    for (const part of parts)
      for (const until = performance.now() + 60_000; performance.now() < until; await sleep(100)) {
        const { rows } = await client.query('select drop_partition($1, $2, $3) as done', [part, tomorrow, retention])
        if (!rows[0].done) continue
        gone++
        break
      }
    return gone
  }
}
