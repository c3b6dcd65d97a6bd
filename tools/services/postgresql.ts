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

/** Debian's PostgreSQL in a temporary folder, reached by a socket there; disposing of it stops it. */
export async function startDebianPostgres(): Promise<Cluster & AsyncDisposable & { readonly version: string }> {
  if (!existsSync(`${bin}/postgres`)) install()
  const folder = mkdtempSync(join(quickFolder(), `aicq-postgresql-${major}-`))
  const user: { uid?: number; gid?: number } = process.getuid?.() === 0 ? idsOf('postgres') : {}
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid!)
  const data = join(folder, 'data')
  const options = { ...user, cwd: folder, encoding: 'utf8' as const, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  // whoever can open the folder may connect: it is of the tests alone
  const made = spawnSync(
    `${bin}/initdb`,
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N'],
    options,
  )
  if (made.status !== 0) throw new Error(`initdb failed:\n${made.stderr}`)
  const arguments_ = [
    '-D',
    data,
    '-k',
    folder,
    '-p',
    String(port),
    '-c',
    'listen_addresses=',
    '-c',
    'max_connections=100',
  ]
  const server = spawn(`${bin}/postgres`, arguments_, { ...options, stdio: 'ignore' })
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
    async [Symbol.asyncDispose]() {
      server.kill('SIGINT')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function install(): void {
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
