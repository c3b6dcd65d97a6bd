import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../testing/free-port.ts'
import { installPackage, notStarted } from './debian.ts'

const server = '/usr/bin/redis-server'
const shell = '/usr/bin/redis-cli'
const run = promisify(execFile)

/** A Redis of its own process; disposing of it ends it. */
export interface RedisServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** Ends it without warning. */
  kill(): Promise<void>
  /** Starts it again on its port, empty. */
  restart(): Promise<void>
}

/** Puts Debian's Redis in its place, if it is missing; the service that comes with it is not started. */
export function installRedis(): void {
  if (existsSync(server) && existsSync(shell)) return
  installPackage('redis-server', 'Redis 7', notStarted)
}

/** Debian's Redis, which keeps nothing on disk, on a free port. */
export async function startRedis(...more: readonly string[]): Promise<RedisServer> {
  installRedis()
  const folder = mkdtempSync(join(tmpdir(), 'aicq-redis-'))
  const port = await freePort()
  let child = await launch(folder, port, more)
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    if (signal !== 'SIGKILL') child.kill('SIGCONT') // one that was stopped hears nothing
    await ended
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return child.pid!
    },
    kill: () => end('SIGKILL'),
    async restart() {
      await end('SIGKILL')
      child = await launch(folder, port, more)
    },
    async [Symbol.asyncDispose]() {
      await end('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function launch(folder: string, port: number, more: readonly string[]): Promise<ChildProcess> {
  const settings = [
    '--port',
    port,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
    '--loglevel',
    'warning',
  ]
  const child = spawn(server, [...settings.map(String), ...more], { cwd: folder, stdio: 'ignore' })
  for (const until = Date.now() + 30_000; (await ask(port, 'ping')) !== 'PONG'; ) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(`Redis does not start on port ${port}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return child
}

/** What a Redis answers to a command, as text. */
export async function ask(port: number, ...command: readonly string[]): Promise<string> {
  const asking = run(shell, ['-p', String(port), ...command])
  return (await asking.catch((cause: { stdout: string }) => cause)).stdout.trim()
}

/** A Redis Cluster: three that answer, each with one that takes its place. */
export async function startRedisCluster(): Promise<AsyncDisposable & { readonly nodes: readonly RedisServer[] }> {
  await using opened = new AsyncDisposableStack()
  const nodes: RedisServer[] = []
  const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '15000']
  for (let n = 0; n < 6; n++)
    nodes.push(opened.use(await startRedis(...settings, '--cluster-config-file', `nodes-${n}.conf`)))
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  await run(shell, ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes'])
  const isWell = async ({ port }: RedisServer) => (await ask(port, 'cluster', 'info')).includes('cluster_state:ok')
  for (const until = Date.now() + 60_000; (await Promise.all(nodes.map(isWell))).includes(false); ) {
    if (Date.now() > until) throw new Error('the cluster of Redis does not get well')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const closing = opened.move()
  return { nodes, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}
