import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { servingLock } from './embedded/connect.ts'
import { isAlive } from './embedded/running.ts'
import { StartError } from './start-error.ts'

/** Milliseconds in which a lost lock must be taken again, or one held by the dead must fall. */
const patience = 10_000

/**
 * Says that this process serves the database, as long as its connection lives: one server for a database, or `several` that say so
 * all. Another that lives and may not be is
 * refused at once, with its pid; one held by a pid that no longer lives is waited for. A lost connection takes it again, or calls
 * `onLost` once.
 */
export async function takeServingLock(
  connect: pg.ClientConfig,
  { several, onLost }: { readonly several: boolean; readonly onLost: (why: Error) => void },
): Promise<AsyncDisposable> {
  let stopped = false
  let client = await take(connect, several)
  const watch = (watched: pg.Client) => watched.once('error', () => void retake()).once('end', () => void retake())
  let retaking = false
  async function retake(): Promise<void> {
    if (stopped || retaking) return
    retaking = true
    try {
      client = watch(await take(connect, several, Date.now() + patience, process.pid))
    } catch (cause) {
      if (!stopped) onLost(new Error('the connection that says who serves was lost and cannot be had again', { cause }))
    } finally {
      retaking = false
      if (stopped) await client.end().catch(() => {})
    }
  }
  watch(client)
  return {
    async [Symbol.asyncDispose]() {
      stopped = true
      await client.end().catch(() => {})
    },
  }
}

/** Tries until `until`; a connection that fails is tried again only when there is time for it. */
async function take(connect: pg.ClientConfig, several: boolean, until = 0, ourselves?: number): Promise<pg.Client> {
  while (true) {
    try {
      return await takeOnce(connect, several, ourselves)
    } catch (error) {
      if (error instanceof StartError || Date.now() > until) throw error
      await sleep(50)
    }
  }
}

/** `ourselves`: the pid whose lock is about to fall, as PostgreSQL may hear later than we do that its connection was lost. */
async function takeOnce(connect: pg.ClientConfig, several: boolean, ourselves: number | undefined): Promise<pg.Client> {
  const client = new pg.Client({
    ...connect,
    application_name: `aicq serve ${process.pid}@${hostname()}`.slice(0, 63),
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
  })
  client.on('error', () => {})
  await client.connect()
  try {
    const until = Date.now() + patience
    const lock = several ? 'pg_try_advisory_lock_shared' : 'pg_try_advisory_lock'
    while (!(await client.query(`select ${lock}($1) as mine`, [servingLock])).rows[0].mine) {
      const holder = await holderOf(client, ourselves)
      if (holder && (!holder.ended || Date.now() > until)) throw inUse(holder.name)
      await sleep(20)
    }
    return client
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
}

async function holderOf(
  client: pg.Client,
  ourselves: number | undefined,
): Promise<{ name: string; ended: boolean } | undefined> {
  const { rows } = await client.query(
    `select a.application_name as name from pg_locks l join pg_stat_activity a on a.pid = l.pid
      where l.locktype = 'advisory' and l.objid = $1 and l.granted and l.database = (select oid from pg_database where datname = current_database())`,
    [servingLock],
  )
  if (!rows[0]) return undefined
  const [, pid, host] = /^aicq serve (\d+)@(.*)$/.exec(rows[0].name) ?? []
  const gone = Number(pid) === ourselves || !isAlive(Number(pid))
  return { name: rows[0].name, ended: host === hostname().slice(0, host?.length) && gone }
}

function inUse(name: string): StartError {
  const [, pid, host] = /^aicq serve (\d+)@(.*)$/.exec(name) ?? []
  const who = pid ? `process ${pid} on ${host}` : `another connection (${name})`
  return new StartError(
    `A server is running on this data already: ${who}. Stop it first, set another DATA_DIR or DATABASE_URL, or give all servers of a database one REDIS_URL.`,
  )
}
