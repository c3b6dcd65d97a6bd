import { relative } from 'node:path'
import { run } from 'node:test'
import { tryChaos } from './chaos/try.ts'
import { check } from './check.ts'
import { checkClients } from './clients/check.ts'
import { tryMutants } from './mutants.ts'
import { installChromium } from './services/chromium.ts'
import {
  type DebianPostgres,
  installPostgres,
  startDebianPostgres,
  startPackagedPostgres,
} from './services/postgresql.ts'
import { installPromtool } from './services/prometheus.ts'
import { installRedis } from './services/redis.ts'
import { installShells } from './services/shells.ts'
import { startTestCluster } from './testing/cluster.ts'
import {
  findTests,
  usesBrowser,
  usesDatabase,
  usesPostgres,
  usesPrometheus,
  usesRedis,
  usesShells,
} from './testing/files.ts'
import { report } from './testing/report.ts'

// npm test [-- --all] [part of a path ...]: everything, or the test files whose path contains one of the words.
// --all: once more on Debian's PostgreSQL, what is near to SQL on the versions in between, the clients in other languages, and the mutants.
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const all = process.argv.includes('--all')
const files = findTests(words)
const totals = { passed: 0, failed: 0 }

async function pass(title: string, chosen: readonly string[]): Promise<void> {
  console.log(`\n${title}: ${chosen.length} files`)
  const result = await report(run({ files: [...chosen], concurrency: 2, timeout: 180_000 }))
  totals.passed += result.passed
  totals.failed += result.failed
}

/** Services end with the work, and with Ctrl-C too. */
async function withServices(work: (services: AsyncDisposableStack) => Promise<void>): Promise<void> {
  await using services = new AsyncDisposableStack()
  const interrupt = () => void services.disposeAsync().finally(() => process.exit(130))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt)
  await work(services)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt)
}

if (words.length === 0) {
  const result = await check()
  totals.passed += result.passed
  totals.failed += result.failed
}
for (const [uses, install] of [
  [usesBrowser, installChromium],
  [usesRedis, installRedis],
  [usesPostgres, installPostgres],
  [usesPrometheus, installPromtool],
  [usesShells, installShells],
] as const)
  if (files.some((file) => uses(file)))
    try {
      install() // here, since it may take longer than a test may
    } catch (cause) {
      console.error((cause as Error).message) // the tests that need it fail, and the others go on
    }
await withServices(async (services) => {
  services.use(await startTestCluster())
  await pass('Tests on the embedded PostgreSQL', files)
})
const database = files.filter((file) => usesDatabase(file))
/** What speaks to PostgreSQL in ways that its versions may differ in. */
const nearSql = database.filter((file) => /server\/src\/(storage|events|messages)\//.test(file))

async function passOn(start: () => Promise<DebianPostgres>, chosen: readonly string[]): Promise<void> {
  await withServices(async (services) => {
    const service = services.use(await start())
    services.use(await startTestCluster(service))
    await pass(`Tests on PostgreSQL ${service.version}`, chosen)
  })
}

if (all) {
  // what clients do is the same on every PostgreSQL
  await passOn(
    startDebianPostgres,
    database.filter((file) => /\/packages\/server\/src\/(?!mcp\/)/.test(file)),
  )
  for (const version of ['16.14.0-beta.17', '17.10.0-beta.17'])
    await passOn(() => startPackagedPostgres(version), nearSql)
}
if (all && words.length === 0) {
  console.log('\nClients in other languages')
  const clients = await checkClients()
  totals.passed += clients.passed
  totals.failed += clients.failed
  console.log('\nMutants: broken copies that the tests must notice; meanwhile, chaos for three minutes')
  const [result, chaos] = await Promise.all([tryMutants(), tryChaos(3)])
  totals.passed += result.passed + Number(chaos)
  totals.failed += result.failed + Number(!chaos)
}
if (files.length === 0)
  console.log(`No test file matches ${words.join(' ')} below ${relative(process.cwd(), '.') || '.'}.`)
console.log(`\n${totals.passed} passed, ${totals.failed} failed`)
process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0)
