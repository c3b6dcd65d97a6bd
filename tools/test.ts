import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { tryChaos } from './chaos/try.ts'
import { check } from './check.ts'
import { checkClients } from './clients/check.ts'
import { tryMutants } from './mutants.ts'
import { install } from './services/install.ts'
import { type DebianPostgres, startDebianPostgres, startPackagedPostgres } from './services/postgresql.ts'
import { startTestCluster } from './testing/cluster.ts'
import { findTests, usesDatabase } from './testing/files.ts'
import { report } from './testing/report.ts'

// npm test [-- --all] [part of a path ...]: everything, or the test files whose path contains one of the words.
// --all: once more on Debian's PostgreSQL, what is near to SQL on the versions in between; beside it the clients in other languages, the
// mutants and chaos, which mostly wait.
const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const all = process.argv.includes('--all')
const files = findTests(words)
const totals = { passed: 0, failed: 0 }
// each file is a process, and half of its start would be the compilation of the same modules
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), 'node-compile-cache')

function count(result: { passed: number; failed: number }): void {
  totals.passed += result.passed
  totals.failed += result.failed
}

async function pass(title: string, chosen: readonly string[]): Promise<void> {
  console.log(`\n${title}: ${chosen.length} files`)
  count(await report(run({ files: [...chosen], concurrency: 2, timeout: 900_000 })))
}

/** Services end with the work, and with Ctrl-C too. */
async function withServices(work: (services: AsyncDisposableStack) => Promise<void>): Promise<void> {
  await using services = new AsyncDisposableStack()
  const interrupt = () => void services.disposeAsync().finally(() => process.exit(130))
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt)
  await work(services)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt)
}

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

async function databases(): Promise<void> {
  await withServices(async (services) => {
    services.use(await startTestCluster())
    await pass('Tests on the embedded PostgreSQL', files)
  })
  if (!all) return
  // what clients do is the same on every PostgreSQL
  await passOn(
    startDebianPostgres,
    database.filter((file) => /\/packages\/server\/src\/(?!mcp\/)/.test(file)),
  )
  for (const version of ['16.14.0-beta.17', '17.10.0-beta.17'])
    await passOn(() => startPackagedPostgres(version), nearSql)
}

async function others(): Promise<void> {
  await whole('clients in other languages', async () => count(await checkClients()))
  await Promise.all([
    whole('mutants', async () => count(await tryMutants())),
    whole('chaos', async () => {
      const isKept = await tryChaos(3)
      count({ passed: Number(isKept), failed: Number(!isKept) })
    }),
  ])
}

/** What throws is one failure, and the rest goes on. */
async function whole(name: string, work: () => Promise<void>): Promise<void> {
  await work().catch((cause: Error) => {
    console.log(`✖ ${name}: ${cause.stack}`)
    count({ passed: 0, failed: 1 })
  })
}

const isWhole = words.length === 0
if (isWhole) count(await check())
install(files, all && isWhole)
await Promise.all([whole('tests', databases), all && isWhole && others()])
if (files.length === 0)
  console.log(`No test file matches ${words.join(' ')} below ${relative(process.cwd(), '.') || '.'}.`)
console.log(`\n${totals.passed} passed, ${totals.failed} failed`)
process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0)
