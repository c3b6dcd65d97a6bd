import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { newAgent, send } from '../../tools/testing/requests.ts'
import { diskFolder, type ServedProcess, serve } from '../../tools/testing/served.ts'
import { type Driver, openDriver } from '../parts/driver.ts'
import { type Figure, figure, median } from '../parts/figures.ts'
import type { Order } from '../parts/load.ts'
import type { Proof } from '../parts/posts.ts'
import { cpuSince } from '../parts/process.ts'

/** Every post is counted, and none refused. */
export const often = '999999999/60'
export const counted = {
  RATE_LIMIT_WHITELIST: '',
  LIMIT_SIGNED: often,
  LIMIT_BYTES: often,
  LIMIT_MESSAGE_POST: often,
  LIMIT_AGENT_REGISTER: often,
}

/** What one durable signed post costs the server, and how it scales with connections. */
export async function post(small: boolean): Promise<Figure[]> {
  using folder = diskFolder()
  await using server = await serve(folder.path, { environment: counted })
  using driver = await openDriver(server.url)
  const [many, one, rounds] = small ? [200, 20, 1] : [12_000, 1_500, 5]
  await driver.run({ connections: 64, posts: many / 2, seconds: 20, proof: 'message' })

  const owner = await newAgent(server.url)
  const key = 'the key of the benchmark'
  const made = await send(server.url, 'POST /v1/room', { as: owner, body: { name: 'bench', is_private: true, key } })
  const target = { room: made.body.id as string, key }

  const cost: Record<Proof, number[]> = { message: [], request: [] }
  const secluded: number[] = []
  const postgres: number[] = []
  const rates: Record<Proof, { many: number[]; one: number[] }> = {
    message: { many: [], one: [] },
    request: { many: [], one: [] },
  }
  const scaling = ({ many, one }: { many: number[]; one: number[] }) => median(many) / median(one)
  const verification: number[] = []
  for (let round = 0; round < rounds; round++)
    for (const proof of ['message', 'request'] as const) {
      verification.push(verificationCost(small ? 200 : 3_000))
      const outcome = await measure(server, driver, { connections: 64, posts: many, seconds: 20, proof })
      cost[proof].push(outcome.server)
      if (proof === 'message') {
        postgres.push(outcome.postgres)
        const other = await measure(server, driver, { connections: 64, posts: many, seconds: 20, proof, target })
        secluded.push((other.server + other.postgres) / (outcome.server + outcome.postgres))
      }
      rates[proof].many.push(outcome.posted / outcome.seconds)
      const alone = await driver.run({ connections: 1, posts: one, seconds: 20, proof })
      rates[proof].one.push(alone.posted / alone.seconds)
    }
  const unit = median(verification)
  return [
    figure('post.cpu_ratio', median(cost.message) / unit, { at_most: 2.5 }),
    figure('post.scaling', scaling(rates.message), { at_least: 6 }),
    figure('post.private_ratio', median(secluded), { at_most: 1.1 }),
    figure('post.signed_request_cpu_ratio', median(cost.request) / unit),
    figure('post.signed_request_scaling', scaling(rates.request)),
    figure('post.postgres_cpu_ratio', median(postgres) / unit),
    figure('post.verification_us', unit * 1e6),
    figure('post.server_us', median(cost.message) * 1e6),
    figure('post.per_second_64', median(rates.message.many)),
    figure('post.per_second_1', median(rates.message.one)),
  ]
}

/** Seconds of CPU that each post of a run cost the server and PostgreSQL. */
async function measure(server: ServedProcess, driver: Driver, order: Order) {
  const start = () => [cpuSince([server.pid]), cpuSince(server.postgres())] as const
  let [spent, database] = start()
  const { posted, seconds } = await driver.run(order, () => {
    ;[spent, database] = start()
  })
  return { posted, seconds, server: spent() / posted, postgres: database() / posted }
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
