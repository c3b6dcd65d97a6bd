import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, closeSync, existsSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from './cluster.ts'
import { canConnect, isServed, makeRoles } from './embedded/connect.ts'
import { explain, plainEnvironment, prepareFolder, replaceFiles } from './embedded/folder.ts'
import { accessFiles, makeSocketFolder, port, postgresOptions, socketFolder } from './embedded/options.ts'
import { findPrograms } from './embedded/programs.ts'
import { isPostgresOf, processesOf, readPostmaster, removeStrangersClaims, stopPostmaster } from './embedded/running.ts'
import { chooseRunner, type Runner } from './embedded/user.ts'
import { StartError } from './start-error.ts'

/** The embedded PostgreSQL; disposing of it is a fast shutdown. */
export interface EmbeddedPostgres extends Cluster, AsyncDisposable {
  /** The folder that holds its data. */
  readonly location: string
  /** What the operator should be told. */
  readonly notes: readonly string[]
}

/** Milliseconds that a start may take: after a crash PostgreSQL first reads its log again. */
const patience = 60_000
/** Bytes at which the log file of PostgreSQL begins anew. */
const longLog = 5_000_000
const windows = process.platform === 'win32'

/**
 * Starts PostgreSQL with its data in `dataDir`, or finds the one that a killed server left running there. The roles and the database
 * `aicq` are there afterwards. Errors: `StartError`, which says what it is and what to do.
 *
 * @param namespaces whether user namespaces may be used under root; left out, it is tried
 */
export async function startEmbedded(dataDir: string, namespaces?: boolean): Promise<EmbeddedPostgres> {
  try {
    return await startOrFind(dataDir, namespaces)
  } catch (error) {
    throw error instanceof StartError ? error : explain((error as Error).message, resolve(dataDir))
  }
}

async function startOrFind(dataDir: string, namespaces: boolean | undefined): Promise<EmbeddedPostgres> {
  const runner = chooseRunner(dataDir, findPrograms(), namespaces)
  const password = windows ? readPassword(runner.home) : undefined
  const data = prepareFolder(runner, password)
  const socket = socketFolder(data)
  const found = readPostmaster(data)
  const secret = password === undefined ? {} : { password }
  // a copy of a folder names the PostgreSQL of the one it was copied from
  const ours = found && (windows || isPostgresOf(found.pid, data))
  const present: Cluster | undefined = ours
    ? {
        host: windows ? '127.0.0.1' : found.socket,
        port: found.port,
        ...secret,
      }
    : undefined
  const cluster = present && (await canConnect(present)) ? present : await start(runner, data, socket, secret)
  await makeRoles(cluster)
  return {
    ...cluster,
    location: data,
    notes: runner.notes,
    [Symbol.asyncDispose]: () => stopUnlessServed(cluster, data),
  }
}

/** A start that was refused because another server works here must not end what that one works with. */
async function stopUnlessServed(cluster: Cluster, data: string): Promise<void> {
  if (!(await isServed(cluster))) await stopPostmaster(data)
}

async function start(runner: Runner, data: string, socket: string, secret: { password?: string }): Promise<Cluster> {
  const cluster = { host: windows ? '127.0.0.1' : socket, port: windows ? await freePort() : port, ...secret }
  if (socket !== data && !windows) {
    makeSocketFolder(socket, runner.uid ?? process.getuid!())
    if (runner.uid !== undefined) chownSync(socket, runner.uid, runner.gid!)
  }
  replaceFiles(data, accessFiles(runner.users, windows))
  const until = Date.now() + patience
  while (true) {
    await othersAreGone(data, cluster, until)
    if (await canConnect(cluster)) return cluster
    removeStrangersClaims(data, join(socket, `.s.PGSQL.${cluster.port}.lock`))
    const log = spawnPostgres(runner, data, postgresOptions(socket, windows ? cluster.port : undefined))
    const output = await ready(log, cluster, until)
    if (output === undefined) return cluster
    // somebody else was starting too, or the children of a killed PostgreSQL are about to end
    if (!/postmaster\.pid" already exists|pre-existing shared memory/.test(output) || Date.now() > until)
      throw explain(output, runner.home)
    await sleep(50)
  }
}

/** Waits for processes that a killed PostgreSQL left behind, or until one that just starts answers. */
async function othersAreGone(data: string, cluster: Cluster, until: number): Promise<void> {
  while (processesOf(data).length > 0 && Date.now() < until && !(await canConnect(cluster))) await sleep(20)
}

/** Detached: Ctrl-C reaches the server alone, which then stops PostgreSQL after itself. */
function spawnPostgres({ prefix, programs, uid, gid, home }: Runner, data: string, options: readonly string[]) {
  const file = join(home, 'postgres.log')
  if (existsSync(file) && statSync(file).size > longLog) renameSync(file, `${file}.old`)
  const log = openSync(file, 'a', 0o600)
  const begin = statSync(file).size
  const [program, ...args] = [...prefix, programs.postgres, '-D', data, ...options]
  const identity = uid === undefined ? {} : { uid, gid: gid! }
  const child = spawn(program!, args, {
    ...identity,
    cwd: home,
    detached: true,
    stdio: ['ignore', log, log],
    env: plainEnvironment(),
  })
  closeSync(log)
  child.unref()
  let failure: string | undefined
  child.on('error', (error) => {
    failure = error.message
  })
  return {
    ended: () => failure !== undefined || child.exitCode !== null || child.signalCode !== null,
    output: () => failure ?? readFileSync(file).subarray(begin).toString(),
  }
}

/** `undefined` once it answers; what it said if it ended before. */
async function ready(
  log: ReturnType<typeof spawnPostgres>,
  cluster: Cluster,
  until: number,
): Promise<string | undefined> {
  while (!log.ended() && Date.now() < until) {
    if (await canConnect(cluster)) return undefined
    await sleep(5)
  }
  return log.output() || 'it did not answer in time'
}

function readPassword(home: string): string {
  const file = join(home, 'postgres-password')
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o600 })
  return readFileSync(file, 'utf8')
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}
