import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { campaign, summary } from './fuzz/campaign.ts'
import { startTestCluster } from './testing/cluster.ts'
import { administered } from './testing/server.ts'

// npm run fuzz -- N [--seed S]: N hostile requests to each operation of a server of its own.
const { positionals, values } = parseArgs({ allowPositionals: true, options: { seed: { type: 'string' } } })
const each = Number(positionals[0] ?? 500)
const seed = values.seed ?? String(randomInt(1_000_000_000))
console.log(`${each} requests to each operation, seed ${seed}`)
await using _ = await startTestCluster()
const { server, admin } = await administered({ LOG_LEVEL: 'error' })
await using __ = server
const result = await campaign(server.url, admin, each, seed)
for (const [name, successes] of result.successes) console.log(`  ${name.padEnd(16)} ${successes} of ${each} succeeded`)
console.log(summary(result))
if (result.faults.length + result.harmed.length + result.unreached.length > 0) process.exitCode = 1
