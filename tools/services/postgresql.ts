import { spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Cluster } from '../../packages/server/src/storage/cluster.ts'
import { canConnect, makeRoles } from '../../packages/server/src/storage/embedded/connect.ts'
import { quickFolder } from '../testing/quick-folder.ts'
import { installPackage } from './debian.ts'

const major = '15'
const bin = `/usr/lib/postgresql/${major}/bin`
const port = 5432

export interface DebianPostgres extends Cluster, AsyncDisposable {
  readonly version: string
  /** The folder of its data. */
  readonly data: string
}

/** Debian's PostgreSQL in a temporary folder, reached by a socket there; disposing of it stops it. */
export function startDebianPostgres(): Promise<DebianPostgres> {
  return start(async (data, run) => {
    // whoever can open the folder may connect: it is of the tests alone
    run('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N'])
  })
}

/** A streaming replica of one that runs. */
export function startReplica(of: DebianPostgres): Promise<DebianPostgres> {
  return start(async (data, run) => {
    run('pg_basebackup', ['-h', of.host, '-p', String(of.port), '-U', 'postgres', '-D', data, '-R', '-c', 'fast'])
  })
}

type Run = (program: string, words: readonly string[]) => void

async function start(make: (data: string, run: Run) => Promise<void>): Promise<DebianPostgres> {
  installPostgres()
  const folder = mkdtempSync(join(quickFolder(), `aicq-postgresql-${major}-`))
  const user: { uid?: number; gid?: number } = process.getuid?.() === 0 ? idsOf('postgres') : {}
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid!)
  const data = join(folder, 'data')
  const options = { ...user, cwd: folder, encoding: 'utf8' as const, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  await make(data, (program, words) => {
    const made = spawnSync(join(bin, program), words, options)
    if (made.status !== 0) throw new Error(`${program} failed:\n${made.stderr}`)
  })
  const settings = ['listen_addresses=', 'max_connections=100'].flatMap((setting) => ['-c', setting])
  const words = ['-D', data, '-k', folder, '-p', String(port), ...settings]
  const server = spawn(`${bin}/postgres`, words, { ...options, stdio: 'ignore' })
  const cluster = { host: folder, port }
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  const until = Date.now() + 30_000
  while (!(await canConnect(cluster)))
    if (server.exitCode !== null || Date.now() > until)
      throw new Error(`PostgreSQL ${major} does not start in ${folder}`)
  await makeRoles(cluster)
  return {
    ...cluster,
    version: major,
    data,
    async [Symbol.asyncDispose]() {
      server.kill('SIGINT')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Puts Debian's PostgreSQL in its place, if it is missing; no cluster is made. */
export function installPostgres(): void {
  if (existsSync(`${bin}/postgres`)) return
  const before = `mkdir -p /etc/postgresql-common; grep -qs create_main_cluster /etc/postgresql-common/createcluster.conf || echo 'create_main_cluster = false' >> /etc/postgresql-common/createcluster.conf`
  installPackage(`postgresql-${major}`, `PostgreSQL ${major}`, before)
}

function idsOf(name: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`))
  if (!line) throw new Error(`there is no user ${name}: PostgreSQL does not run as root`)
  const [, , uid, gid] = line.split(':')
  return { uid: Number(uid), gid: Number(gid) }
}
