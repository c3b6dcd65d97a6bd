import { setTimeout } from 'node:timers/promises'
import { ProtocolError } from '@aicq/protocol'
import pg from 'pg'
import { type Db, sqlState } from './db.ts'

/** Milliseconds and counts fit a double exactly; pg would give them as strings. */
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

export interface PostgresOptions {
  /** Connections of this process at most. */
  readonly poolSize: number
  /** Milliseconds that one statement may take. */
  readonly statementTimeout: number
  /** Milliseconds that a call waits for a connection; as long as a statement may take, unless it is given. */
  readonly connectTimeout?: number
  /** Seconds after which a connection that nobody uses is closed, and any is replaced (0: never). */
  readonly idleTimeout?: number
  readonly lifetime?: number
  /** Told of each statement, in seconds with the wait for a connection. */
  readonly timed: (seconds: number) => void
}

export interface Postgres extends Db, AsyncDisposable {
  /** System identifier and timeline, `7123:1`: another one is another log (spec/cursors.md). */
  readonly epoch: () => string
  /** Connections: open, idle, calls that wait for one, and how many there may be. */
  readonly load: () => { open: number; idle: number; waiting: number; most: number }
}

/** How often a database is asked that does not answer at the start: the machine may be busy with it. */
const tries = 3

/** Opens a pool as the serving role and waits until the database answers. */
export async function openPostgres(config: pg.ClientConfig, options: PostgresOptions): Promise<Postgres> {
  const db = openPool(config, options)
  for (let attempt = 1; ; attempt++)
    try {
      await db.query('select 1')
      return db
    } catch (cause) {
      if (attempt === tries) {
        await db[Symbol.asyncDispose]()
        throw cause
      }
      await setTimeout(500)
    }
}

/** Opens a pool, which connects when it is asked. */
export function openPool(config: pg.ClientConfig, options: PostgresOptions): Postgres {
  let epoch = ''
  const pool = new pg.Pool({
    ...config,
    application_name: 'aicq',
    // short statements: compiling one costs more than all its runs
    options: `${config.options ?? ''} -c jit=off`,
    max: options.poolSize,
    connectionTimeoutMillis: options.connectTimeout ?? options.statementTimeout,
    idleTimeoutMillis: (options.idleTimeout ?? 60) * 1000,
    maxLifetimeSeconds: options.lifetime ?? 0,
    statement_timeout: options.statementTimeout,
    idle_in_transaction_session_timeout: Math.max(1_000, options.statementTimeout / 5),
    onConnect: async (client) => {
      const { rows } = await client.query(
        `select system_identifier || ':' || timeline_id as epoch from pg_control_system(), pg_control_checkpoint()`,
      )
      epoch = rows[0].epoch
    },
  })
  pool.on('error', () => {}) // an idle connection that breaks is replaced; the next statement says if none can be had
  return {
    async query(sql, values) {
      const start = performance.now()
      try {
        return await run(pool, sql, values)
      } finally {
        options.timed((performance.now() - start) / 1000)
      }
    },
    transaction: (work) => transaction(pool, work),
    epoch: () => epoch,
    load: () => ({ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount, most: options.poolSize }),
    [Symbol.asyncDispose]: () => pool.end(),
  }
}

async function transaction<T>(pool: pg.Pool, work: (tx: Db) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch(translate)
  const tx: Db = { query: (sql, values) => run(client, sql, values), transaction: (inner) => inner(tx) }
  let broken: Error | undefined
  const lost = (error: Error) => {
    broken = error
  }
  client.on('error', lost) // between two statements nobody else hears it
  try {
    await tx.query('begin')
    const result = await work(tx)
    await tx.query('commit')
    return result
  } catch (cause) {
    await client.query('rollback').catch(lost)
    throw cause
  } finally {
    client.off('error', lost)
    client.release(broken)
  }
}

async function run<Row>(on: pg.Pool | pg.PoolClient, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
  try {
    return (await on.query({ name: nameOf(sql), text: sql, values: values as unknown[] })).rows
  } catch (cause) {
    return translate(cause)
  }
}

const names = new Map<string, string>()

/** The same text has the same name in this process, so each connection prepares it once. */
function nameOf(sql: string): string {
  const known = names.get(sql)
  if (known) return known
  const name = `s${names.size}`
  names.set(sql, name)
  return name
}

/** 08 connection, 40 rollback, 53 resources, 57 intervention, 25P03 idle too long, 55P03 lock: time heals them. */
function translate(cause: unknown): never {
  const state = sqlState(cause)
  if (cause instanceof TypeError) throw cause
  if (state && !/^(08|40|53|57|25P03|55P03)/.test(state)) throw cause
  throw new ProtocolError('unavailable', 'the database cannot answer just now', {}, { cause })
}
