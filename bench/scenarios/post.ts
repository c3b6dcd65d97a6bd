import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { dataFolder, serve } from '../../tools/testing/served.ts'
import { openDriver } from '../parts/driver.ts'
import { type Figure, figure, median } from '../parts/figures.ts'
import type { Proof } from '../parts/posts.ts'
import { cpuOf } from '../parts/process.ts'

/** What one durable signed post costs the server, and how it scales with connections. */
export async function post(small: boolean): Promise<Figure[]> {
  using folder = dataFolder()
  await using server = await serve(folder.path)
  using driver = await openDriver(server.url)
  const [many, one, rounds] = small ? [200, 20, 1] : [12_000, 1_500, 5]
  await driver.run({ connections: 64, posts: many / 2, seconds: 20, proof: 'message' })

  const cost: Record<Proof, number[]> = { message: [], request: [] }
  const postgres: number[] = []
  const rates: { many: number[]; one: number[] } = { many: [], one: [] }
  const verification: number[] = []
  for (let round = 0; round < rounds; round++)
    for (const proof of ['message', 'request'] as const) {
      verification.push(verificationCost(small ? 200 : 3_000))
      const database = server.postgres()
      const now = () => ({ server: cpuOf(server.pid), postgres: database.reduce((sum, pid) => sum + cpuOf(pid), 0) })
      let before = now()
      const outcome = await driver.run({ connections: 64, posts: many, seconds: 20, proof }, () => {
        before = now()
      })
      const after = now()
      cost[proof].push((after.server - before.server) / outcome.posted)
      if (proof === 'message') postgres.push((after.postgres - before.postgres) / outcome.posted)
      rates.many.push(outcome.posted / outcome.seconds)
      const alone = await driver.run({ connections: 1, posts: one, seconds: 20, proof })
      rates.one.push(alone.posted / alone.seconds)
    }
  const unit = median(verification)
  return [
    figure('post.cpu_ratio', median(cost.message) / unit, { at_most: 2.5 }),
    figure('post.scaling', median(rates.many) / median(rates.one), { at_least: 6 }),
    figure('post.signed_request_cpu_ratio', median(cost.request) / unit),
    figure('post.postgres_cpu_ratio', median(postgres) / unit),
    figure('post.verification_us', unit * 1e6),
    figure('post.server_us', median(cost.message) * 1e6),
    figure('post.per_second_64', median(rates.many)),
    figure('post.per_second_1', median(rates.one)),
  ]
}

/** Seconds of CPU of one Ed25519 verification by node:crypto. */
function verificationCost(times: number): number {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const bytes = Buffer.alloc(500, 7)
  const signature = sign(null, bytes, privateKey)
  const before = process.cpuUsage()
  for (let n = 0; n < times; n++) if (!verify(null, bytes, publicKey, signature)) throw new Error('it does not verify')
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6 / times
}
