import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { type Cluster, connection } from '../../packages/server/src/storage/cluster.ts'
import { startEmbedded } from '../../packages/server/src/storage/embedded.ts'
import { migrate } from '../../packages/server/src/storage/migrate.ts'
import { quickFolder } from './quick-folder.ts'

const variable = 'AICQ_TEST_CLUSTER'
const template = 'aicq_template'

/** Makes one cluster ready for a run of tests, which find it by the environment: the embedded one, unless another is given. */
export async function startTestCluster(given?: Cluster): Promise<AsyncDisposable> {
  await using opened = new AsyncDisposableStack()
  const folder = mkdtempSync(join(quickFolder(), 'aicq-test-'))
  opened.defer(() => rmSync(folder, { recursive: true, force: true }))
  const cluster: Cluster = given ?? opened.use(await startEmbedded(folder))
  await makeTemplate(cluster)
  process.env[variable] = JSON.stringify({ host: cluster.host, port: cluster.port })
  opened.defer(() => {
    delete process.env[variable]
  })
  return opened.move()
}

async function makeTemplate(cluster: Cluster): Promise<void> {
  await administer(cluster, async (client) => {
    await client.query(`create database ${template} owner aicq_owner`)
  })
  await migrate(connection(cluster, 'aicq_owner', template), 'aicq_server', 'aicq_pruner')
  const client = new pg.Client(connection(cluster, 'aicq_owner', template))
  await client.connect()
  await client.query('select make_partitions($1)', [Date.now()])
  await client.end()
}

let own: Promise<AsyncDisposable> | undefined

/** The cluster of this run. A test file that is run by itself (`node --test`) starts one that ends with it. */
async function testCluster(): Promise<Cluster> {
  if (!process.env[variable]) {
    own ??= startTestCluster()
    const cluster = await own
    process.once('beforeExit', () => void cluster[Symbol.asyncDispose]())
  }
  return JSON.parse(process.env[variable]!)
}

/** A database of its own for a test, migrated unless it is asked for empty. */
export interface FreshDatabase extends AsyncDisposable {
  readonly name: string
  readonly owner: pg.ClientConfig
  readonly serving: pg.ClientConfig
  readonly pruning: pg.ClientConfig
  readonly superuser: pg.ClientConfig
  /** `DATABASE_URL` and its siblings for a server on it. */
  readonly environment: { DATABASE_URL: string; DATABASE_OWNER_URL: string; DATABASE_PRUNER_URL: string }
}

export async function freshDatabase(from: 'aicq_template' | 'template0' = template): Promise<FreshDatabase> {
  const cluster = await testCluster()
  const name = `test_${randomBytes(6).toString('hex')}`
  await administer(cluster, async (client) => {
    await client.query(`create database ${name} template ${from} owner aicq_owner strategy file_copy`)
  })
  const url = (role: string) => `postgres://${role}@${encodeURIComponent(cluster.host)}:${cluster.port}/${name}`
  return {
    name,
    owner: connection(cluster, 'aicq_owner', name),
    serving: connection(cluster, 'aicq_server', name),
    pruning: connection(cluster, 'aicq_pruner', name),
    superuser: connection(cluster, 'postgres', name),
    environment: {
      DATABASE_URL: url('aicq_server'),
      DATABASE_OWNER_URL: url('aicq_owner'),
      DATABASE_PRUNER_URL: url('aicq_pruner'),
    },
    async [Symbol.asyncDispose]() {
      // its sessions have 5 s to end, which a busy machine may not give them
      for (let attempt = 1; ; attempt++)
        try {
          return await administer(cluster, async (client) => {
            await client.query(`drop database ${name} with (force)`)
          })
        } catch (cause) {
          if (attempt === 3) throw cause
        }
    },
  }
}

/** Runs one statement on a connection of its own. */
export async function ask(config: pg.ClientConfig, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(config)
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

async function administer(cluster: Cluster, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client(connection(cluster, 'postgres', 'postgres'))
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
