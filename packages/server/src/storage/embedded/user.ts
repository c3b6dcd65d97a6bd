import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import { makeDataFolder } from '../data-folder.ts'
import { StartError } from '../start-error.ts'
import { type Programs, programsIn } from './programs.ts'

/** As whom PostgreSQL runs, and where: it refuses to run as root. */
export interface Runner {
  readonly programs: Programs
  /** The folder that holds the data. */
  readonly home: string
  /** Put before the program and its arguments. */
  readonly prefix: readonly string[]
  readonly uid?: number
  readonly gid?: number
  /** Names of system users as PostgreSQL sees them: who runs it, and who connects. */
  readonly users: readonly string[]
  readonly notes: readonly string[]
}

const nobody = 65534
/**
 * Whom root is inside a user namespace. Not `nobody`: the kernel shows everybody outside of the namespace by that id, so PostgreSQL
 * would take each other system user for the one it knows.
 */
const daemon = 1
const namespace = ['unshare', '--user', `--map-user=${daemon}`, `--map-group=${daemon}`]
const shared = '/var/lib/aicq'

/** What decides as whom PostgreSQL runs. */
export interface Circumstances {
  readonly uid: number | undefined
  readonly ownerOfData: number
  readonly namespaces: boolean
}

/** Not root: ourselves. Root: whoever owns the data, else inside a user namespace, else nobody. */
export function wayToRun({ uid, ownerOfData, namespaces }: Circumstances): 'self' | 'owner' | 'namespace' | 'nobody' {
  if (uid !== 0) return 'self'
  if (ownerOfData !== 0) return 'owner'
  return namespaces ? 'namespace' : 'nobody'
}

/** Decides for this process. `namespaces` says whether they may be used; left out, it is tried. */
export function chooseRunner(dataDir: string, programs: Programs, namespaces?: boolean): Runner {
  makeDataFolder(dataDir)
  const owner = statSync(dataDir)
  const uid = process.getuid?.()
  const allowed = uid === 0 && (namespaces ?? works(namespace, programs))
  const way = wayToRun({ uid, ownerOfData: owner.uid, namespaces: allowed })
  const base = { programs, home: resolve(dataDir), prefix: [], notes: [] }
  if (way === 'self') return { ...base, users: [ourName()] }
  if (way === 'namespace') return { ...base, prefix: namespace, users: [nameOf(daemon)] }
  if (way === 'nobody') return asNobody(dataDir, programs)
  const users = [nameOf(owner.uid), ourName()]
  if (spawnSync(programs.postgres, ['--version'], { uid: owner.uid, gid: owner.gid }).status !== 0)
    throw new StartError(
      `PostgreSQL has to run as ${users[0]}, who owns ${dataDir}, and that user cannot read ${programs.folder}: move the project, or give DATA_DIR to root.`,
    )
  return { ...base, uid: owner.uid, gid: owner.gid, users }
}

/** Below root's own folders nobody can read: programs and data live in a place of their own. */
function asNobody(dataDir: string, programs: Programs): Runner {
  const home = join(shared, createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 16))
  mkdirSync(home, { recursive: true, mode: 0o755 })
  const copied = copyPrograms(programs, home)
  chownSync(home, nobody, nobody)
  const notes = [`PostgreSQL does not run as root and this system has no user namespaces, so the data is in ${home}.`]
  return {
    programs: programsIn(copied),
    home,
    prefix: [],
    uid: nobody,
    gid: nobody,
    users: [nameOf(nobody), ourName()],
    notes,
  }
}

/** One copy for each version, under a name of its own until it is whole. */
function copyPrograms({ folder }: Programs, home: string): string {
  const { version } = JSON.parse(readFileSync(join(folder, '../package.json'), 'utf8'))
  const copied = join(home, `programs-${version}`)
  if (existsSync(copied)) return copied
  const draft = `${copied}.new-${process.pid}`
  try {
    cpSync(folder, draft, { recursive: true, verbatimSymlinks: true })
    renameSync(draft, copied)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(copied)) throw error // else another first start was faster
  }
  return copied
}

const works = (prefix: readonly string[], { postgres }: Programs) =>
  spawnSync(prefix[0]!, [...prefix.slice(1), postgres, '--version']).status === 0

function ourName(): string {
  try {
    return userInfo().username
  } catch {
    throw noName(process.getuid?.() ?? -1)
  }
}

function nameOf(uid: number): string {
  try {
    const name = execFileSync('id', ['-nu', String(uid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
    if (name && name !== String(uid)) return name
  } catch {}
  throw noName(uid)
}

/** PostgreSQL does not start for a user that has no name. */
export function noName(uid: number): StartError {
  return new StartError(
    `The user id ${uid} has no name on this system, and PostgreSQL needs one: add it to /etc/passwd, run as another user, or set DATABASE_URL.`,
  )
}
