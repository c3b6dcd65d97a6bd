import pg from 'pg'
import { type Cluster, connection } from '../cluster.ts'

/** Whether a PostgreSQL answers there, ready for work. */
export async function canConnect(cluster: Cluster): Promise<boolean> {
  const client = new pg.Client({ ...connection(cluster, 'postgres', 'postgres'), connectionTimeoutMillis: 2_000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

/** The advisory lock of the server that works with a database (serving-lock.ts). */
export const servingLock = 4149433

/** Whether a server works with the database `aicq`. */
export async function isServed(cluster: Cluster): Promise<boolean> {
  const client = new pg.Client(connection(cluster, 'postgres', 'aicq'))
  client.on('error', () => {})
  try {
    await client.connect()
    // looked at, not tried: a server that starts just now must not find it taken
    const { rowCount } = await client.query(
      `select from pg_locks join pg_database on oid = database
        where datname = current_database() and locktype = 'advisory' and objid = $1 and granted`,
      [servingLock],
    )
    return rowCount !== 0
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

/** The owner of the tables, the role that serves, and the one that prunes the audit; none is a superuser. */
export async function makeRoles(cluster: Cluster): Promise<void> {
  const client = new pg.Client(connection(cluster, 'postgres', 'postgres'))
  await client.connect()
  try {
    await client.query('select pg_advisory_lock(4149434)')
    const { rows } = await client.query(`select rolname as name from pg_roles where rolname like 'aicq\\_%'`)
    const password = cluster.password === undefined ? '' : ` password ${client.escapeLiteral(cluster.password)}`
    for (const role of ['aicq_owner', 'aicq_server', 'aicq_pruner'])
      if (!rows.some(({ name }) => name === role)) await client.query(`create role ${role} login${password}`)
    const { rowCount } = await client.query(`select from pg_database where datname = 'aicq'`)
    if (!rowCount) await client.query('create database aicq owner aicq_owner')
  } finally {
    await client.end()
  }
}
