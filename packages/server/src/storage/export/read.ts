import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { finished } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Database } from '../database.ts'
import { migrate } from '../migrate.ts'
import { StartError } from '../start-error.ts'
import { endOfRows, type Header, linesOf, type TableHeader, type Trailer, tablesQuery } from './format.ts'

type Target = Pick<Database, 'owner' | 'servingRole' | 'pruningRole'>

/**
 * Puts an export into a database that holds nothing yet: the tables as they were when it was made, its rows, all or none, then what
 * this version does to tables. Gives how many rows each table has. Errors: `StartError`; then the database still holds nothing.
 *
 * @param secret what `Header.secret` must say
 */
export async function readExport(database: Target, file: string, secret: string): Promise<Trailer['rows']> {
  const lines = linesOf(bytesOf(file))
  const client = new pg.Client({ ...database.owner, application_name: 'aicq db import' })
  client.on('error', () => {})
  await client.connect()
  try {
    await refuseUsed(client)
    const first = (await lines.next().catch(unreadable)).value
    const header = parse<Header>(first, 'aicq_export')
    if (header.secret !== secret)
      throw new StartError(
        'The export belongs to another INSTANCE_SECRET: set that of the server it came from (the file instance-secret in its DATA_DIR, unless it was a setting).',
      )
    await migrate(database.owner, undefined, undefined, header.migrations)
    const { rowCount } = await client.query('select from migrations')
    if (rowCount !== header.migrations.length)
      throw new StartError('The tables are newer than the export: an import needs an empty database (createdb).')
    await client.query('begin')
    const rows = await readRows(client, lines, createHash('sha256').update(first).update('\n'))
    await client.query('commit')
    await migrate(database.owner, database.servingRole, database.pruningRole)
    await client.query('analyze')
    return rows
  } finally {
    await client.end().catch(() => {})
    await lines.return(undefined)
  }
}

async function* bytesOf(file: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip()
  pipeline(createReadStream(file), gunzip, () => {}) // whoever reads hears of errors
  yield* gunzip
}

/** Tables may be there: from an import that failed. */
async function refuseUsed(client: pg.Client): Promise<void> {
  const { rows } = await client.query(`select to_regclass('migrations') is not null as migrated`)
  if (!rows[0].migrated) return
  const used = await client.query(
    'select from log_head where pos > 0 union all select from agents union all select from audit_entries limit 1',
  )
  if (used.rowCount) throw new StartError('The database has been used: an import needs an empty one (createdb).')
}

async function readRows(
  client: pg.Client,
  lines: AsyncGenerator<Buffer>,
  hash: ReturnType<typeof createHash>,
): Promise<Trailer['rows']> {
  const restoreKeys = await emptyTables(client)
  const counts: Record<string, number> = {}
  const next = async () => {
    const { value, done } = await lines.next().catch(unreadable)
    if (done) throw damaged('it ends too early')
    return value
  }
  while (true) {
    const line = await next()
    const said = parse<TableHeader & Trailer>(line, 'table', 'sha256')
    if (said.sha256) {
      if (said.sha256 !== hash.digest('hex')) throw damaged('it is not what was written')
      await restoreKeys()
      return counts
    }
    hash.update(line).update('\n')
    await makePartitions(client, said)
    counts[said.table] = await copyRows(client, said, async () => {
      const row = await next()
      hash.update(row).update('\n')
      return row
    })
  }
}

/** Removes what migrations put there, and foreign keys until all rows are in; gives what brings those back. */
async function emptyTables(client: pg.Client): Promise<() => Promise<void>> {
  const { rows: keys } = await client.query(
    `select conrelid::regclass as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as definition
       from pg_constraint where contype = 'f' and conparentid = 0 and connamespace = 'public'::regnamespace`,
  )
  for (const { table, name } of keys) await client.query(`alter table ${table} drop constraint ${name}`)
  const { rows: tables } = await client.query(tablesQuery)
  await client.query(`truncate ${tables.map(({ name }) => client.escapeIdentifier(name)).join(', ')}`)
  return async () => {
    for (const { table, name, definition } of keys)
      await client.query(`alter table ${table} add constraint ${name} ${definition}`)
  }
}

const bounds = /^FOR VALUES (FROM \('?[0-9a-f-]+'?\) TO \('?[0-9a-f-]+'?\)|IN \('?\d+'?\))$/

async function makePartitions(client: pg.Client, { table, partitions }: TableHeader): Promise<void> {
  for (const { name, bound } of partitions) {
    if (!bounds.test(bound)) throw damaged(`${bound} is not a bound of a partition`)
    const [part, whole] = [client.escapeIdentifier(name), client.escapeIdentifier(table)]
    await client.query(`create table if not exists ${part} partition of ${whole} ${bound}`)
  }
}

async function copyRows(
  client: pg.Client,
  { table, columns }: TableHeader,
  next: () => Promise<Buffer>,
): Promise<number> {
  const names = columns.map((column) => client.escapeIdentifier(column)).join(', ')
  const copy = client.query(copyFrom(`copy ${client.escapeIdentifier(table)} (${names}) from stdin`))
  const done = finished(copy)
  done.catch(() => {}) // it is heard below
  for (let row = await next(); row.toString('latin1') !== endOfRows; row = await next())
    if (!copy.write(Buffer.concat([row, Buffer.from('\n')]))) await Promise.race([once(copy, 'drain'), done])
  copy.end()
  await done
  return copy.rowCount
}

/** A line of JSON with one of these members. */
function parse<T>(line: Buffer | undefined, ...members: string[]): T {
  try {
    const value = JSON.parse(String(line))
    if (members.some((member) => value[member] !== undefined)) return value
  } catch {}
  throw damaged('a line is not what it should be')
}

function unreadable(cause: unknown): never {
  throw (cause as NodeJS.ErrnoException).syscall
    ? new StartError(`The export cannot be read: ${(cause as Error).message}.`)
    : damaged((cause as Error).message)
}

const damaged = (why: string) => new StartError(`The export is damaged, or is none: ${why}. Nothing was imported.`)
