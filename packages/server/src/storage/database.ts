import pg from 'pg'
import { connection } from './cluster.ts'
import { startEmbedded } from './embedded.ts'
import { shownUrl } from './shown-url.ts'
import { StartError } from './start-error.ts'

/** A PostgreSQL to work with; disposing of it stops the embedded one. */
export interface Database extends AsyncDisposable {
  /** Who makes tables. */
  readonly owner: pg.ClientConfig
  /** Who reads and writes rows. */
  readonly serving: pg.ClientConfig
  /** The role of `serving`, where it is another than the owner. */
  readonly servingRole: string | undefined
  /** Who forgets old audit entries. */
  readonly pruning: pg.ClientConfig
  /** The role of `pruning`, where it is another than the owner. */
  readonly pruningRole: string | undefined
  /** Where the data is, in words. */
  readonly location: string
  readonly notes: readonly string[]
}

/**
 * The PostgreSQL at `url`, with an owner of its own if `ownerUrl` is given, and who prunes the audit if `prunerUrl` is; else the embedded one, started in `dataDir`.
 * Errors: `StartError`.
 */
export async function openDatabase(
  url: string | undefined,
  ownerUrl: string | undefined,
  prunerUrl: string | undefined,
  dataDir: string,
): Promise<Database> {
  if (!url) return embedded(dataDir)
  await tryConnecting('DATABASE_URL', url)
  if (ownerUrl) await tryConnecting('DATABASE_OWNER_URL', ownerUrl)
  if (prunerUrl) await tryConnecting('DATABASE_PRUNER_URL', prunerUrl)
  const roleOf = (of: string | undefined) => (of ? decodeURIComponent(new URL(of).username) : undefined)
  return {
    owner: { connectionString: ownerUrl ?? url },
    serving: { connectionString: url },
    servingRole: ownerUrl && roleOf(url),
    pruning: { connectionString: prunerUrl ?? ownerUrl ?? url },
    pruningRole: roleOf(prunerUrl),
    location: `PostgreSQL at ${new URL(url).host || 'a local socket'}`,
    notes: [],
    [Symbol.asyncDispose]: async () => {},
  }
}

async function embedded(dataDir: string): Promise<Database> {
  const cluster = await startEmbedded(dataDir)
  return {
    owner: connection(cluster, 'aicq_owner', 'aicq'),
    serving: connection(cluster, 'aicq_server', 'aicq'),
    servingRole: 'aicq_server',
    pruning: connection(cluster, 'aicq_pruner', 'aicq'),
    pruningRole: 'aicq_pruner',
    location: cluster.location,
    notes: cluster.notes,
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  }
}

/** So that a database that cannot be had is told by the variable that names it. */
async function tryConnecting(variable: string, url: string): Promise<void> {
  const name = `${variable}=${shownUrl(url) ?? '...'}`
  try {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
    client.on('error', () => {})
    await client.connect().finally(() => client.end().catch(() => {}))
  } catch (error) {
    const { code = '', message } = error as Error & { code?: string }
    const todo = /^28/.test(code)
      ? 'set the user and the password that PostgreSQL knows'
      : code === '3D000'
        ? 'make the database (createdb), or name another'
        : 'start PostgreSQL there, or correct the URL'
    throw new StartError(`${name} cannot be used: ${message || code}. What to do: ${todo}.`)
  }
}
