import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import pg from 'pg'
import { StartError } from './start-error.ts'

const folder = new URL('./migrations/', import.meta.url)

/** A migration that a database has. */
interface Applied {
  readonly version: number
  readonly name: string
  readonly hash: string
}

interface Migration extends Applied {
  readonly sql: string
}

/**
 * Brings a database to the schema of this program: each file of migrations/ once, in order, in a transaction of its own, however
 * many servers start together. Forward only: a database that is newer than this program is refused (`StartError`).
 *
 * @param owner who owns the tables
 * @param servingRole who serves: may read and write rows, may not change tables or the audit; the owner itself when left out
 * @param pruningRole who forgets audit entries that are old enough, and may do nothing else; the owner itself when left out
 * @param upTo the migrations that another database had: no others are made; when left out, all that this program knows
 */
export async function migrate(
  owner: pg.ClientConfig,
  servingRole?: string,
  pruningRole?: string,
  upTo?: readonly Applied[],
): Promise<void> {
  const client = new pg.Client({ ...owner, application_name: 'aicq migrate' })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock(4149436)')
    await client.query(
      'create table if not exists migrations (version int primary key, name text not null, hash text not null, at timestamptz not null default now())',
    )
    const { rows: done } = await client.query<Applied>('select version, name, hash from migrations')
    const known = allMigrations()
    refuseOthers([...done, ...(upTo ?? [])], known)
    const isDone = ({ version }: Applied) => done.some((one) => one.version === version)
    const isWanted = ({ version }: Applied) => upTo?.some((one) => one.version === version) ?? true
    for (const migration of known) if (isWanted(migration) && !isDone(migration)) await apply(client, migration)
    // at once, so that no server that runs meanwhile is without its rights
    await client.query('begin')
    await client.query(closeFunctions)
    if (servingRole && servingRole !== owner.user) await grant(client, servingRole)
    if (pruningRole && pruningRole !== owner.user) await grantPruning(client, pruningRole)
    await client.query('commit')
  } finally {
    await client.end()
  }
}

/** Refuses a database that has not exactly the schema of this program (`StartError`). */
export async function requireMigrated(owner: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(owner)
  await client.connect()
  try {
    const known = allMigrations()
    const there = (await client.query(`select to_regclass('migrations') as name`)).rows[0].name
    const done = there ? (await client.query<Applied>('select version, name, hash from migrations')).rows : []
    refuseOthers(done, known)
    if (done.length < known.length)
      throw new StartError('The database is not of this version of AICQ: start the server once, and try again.')
  } finally {
    await client.end()
  }
}

function allMigrations(): Migration[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => {
      const sql = readFileSync(new URL(name, folder), 'utf8')
      return { version: Number.parseInt(name, 10), name, sql, hash: createHash('sha256').update(sql).digest('hex') }
    })
}

function refuseOthers(done: readonly Applied[], known: readonly Migration[]): void {
  for (const { version, name, hash } of done) {
    const ours = known.find((migration) => migration.version === version)
    if (!ours)
      throw new StartError(
        `The data has migration ${name}, which this version of AICQ does not know: start a newer version.`,
      )
    if (ours.hash !== hash)
      throw new StartError(
        `Migration ${name} was applied to the data with another text: this is another build of AICQ.`,
      )
  }
}

async function apply(client: pg.Client, { version, name, sql, hash }: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query(sql)
    await client.query('insert into migrations (version, name, hash) values ($1, $2, $3)', [version, name, hash])
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback')
    throw new StartError(`Migration ${name} failed: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

/** Functions act with the rights of their owner, and everybody might call them: only whom they are given to may. */
const closeFunctions = 'revoke execute on all functions in schema public from public'

async function grant(client: pg.Client, role: string): Promise<void> {
  const name = client.escapeIdentifier(role)
  await client.query(`
    grant usage on schema public to ${name};
    grant select, insert, update, delete on all tables in schema public to ${name};
    revoke insert, update, delete on migrations, audit_entries, audit_head from ${name};
    revoke update, delete on audit_links, audit_checkpoints, instance_keys from ${name};
    grant execute on all functions in schema public to ${name};
    revoke execute on function prune_audit from ${name}`)
}

async function grantPruning(client: pg.Client, role: string): Promise<void> {
  const name = client.escapeIdentifier(role)
  await client.query(`grant usage on schema public to ${name}; grant execute on function prune_audit to ${name}`)
}
