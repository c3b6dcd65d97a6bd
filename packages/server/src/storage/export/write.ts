import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { syncFolder } from '../backup/files.ts'
import { StartError } from '../start-error.ts'
import { endOfRows, type Header, type TableHeader, type Trailer, tablesQuery } from './format.ts'

/**
 * Writes all rows of a database, as they are at one moment, to a file that its owner alone can read. The server may go on. The file
 * must not be there; it appears when it is whole. Gives how many rows each table has.
 *
 * @param secret what `Header.secret` says
 */
export async function writeExport(owner: pg.ClientConfig, file: string, secret: string): Promise<Trailer['rows']> {
  if (existsSync(file)) throw new StartError(`${file} is there already: name a file that is not.`)
  const draft = `${resolve(file)}.new-${process.pid}`
  const client = new pg.Client({ ...owner, application_name: 'aicq db export' })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('begin isolation level repeatable read read only')
    const rows: Record<string, number> = {}
    const target = await open(draft, 'wx', 0o600)
    const gzip = createGzip({ level: 3 })
    await pipeline(Readable.from(contents(client, secret, rows)), gzip, target.createWriteStream({ flush: true }))
    await rename(draft, file)
    await syncFolder(dirname(resolve(file)))
    return rows
  } finally {
    await client.end().catch(() => {})
    await rm(draft, { force: true })
  }
}

async function* contents(client: pg.Client, secret: string, rows: Record<string, number>): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const hashed = (bytes: Buffer) => {
    hash.update(bytes)
    return bytes
  }
  const line = (value: Header | TableHeader | string) =>
    hashed(Buffer.from(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`))
  const { rows: migrations } = await client.query('select version, name, hash from migrations order by version')
  yield line({ aicq_export: 1, at: new Date().toISOString(), migrations, secret })
  for (const { oid, name } of (await client.query(tablesQuery)).rows) {
    const header = await describe(client, oid, name)
    yield line(header)
    const columns = header.columns.map((column) => client.escapeIdentifier(column)).join(', ')
    const copy = client.query(copyTo(`copy (select ${columns} from ${client.escapeIdentifier(name)}) to stdout`))
    for await (const chunk of copy) yield hashed(chunk)
    rows[name] = copy.rowCount
    yield line(endOfRows)
  }
  yield Buffer.from(`${JSON.stringify({ rows, sha256: hash.digest('hex') } satisfies Trailer)}\n`)
}

async function describe(client: pg.Client, oid: number, table: string): Promise<TableHeader> {
  const { rows: columns } = await client.query(
    `select attname as name from pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped order by attnum`,
    [oid],
  )
  const { rows: partitions } = await client.query(
    `select c.relname as name, pg_get_expr(c.relpartbound, c.oid) as bound
       from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1 order by 1`,
    [oid],
  )
  return { table, columns: columns.map(({ name }) => name), partitions }
}
