import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { StartError } from '../start-error.ts'
import { explain } from './explain.ts'
import { nameOf, ourName } from './names.ts'
import { copyPrograms, makeHome } from './nobody.ts'
import type { Programs } from './programs.ts'

/** As whom PostgreSQL runs, and where: it refuses to run as root. */
export interface Runner {
  readonly programs: Programs
  /** The folder that holds the data. */
  readonly home: string
  /** Put before the program and its arguments. */
  readonly prefix: readonly string[]
  /** Set where it is another user than ours. */
  readonly identity: { readonly uid: number; readonly gid: number } | undefined
  /** Names of system users as PostgreSQL sees them: who runs it, and who connects. */
  readonly users: readonly string[]
  readonly notes: readonly string[]
}

const nobody = { uid: 65534, gid: 65534 }
const namespace = ['unshare', '--user', `--map-user=${nobody.uid}`, `--map-group=${nobody.gid}`]
const shared = '/var/lib/aicq'

/** What decides as whom PostgreSQL runs. */
interface Circumstances {
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

/** Where the data is when `nobody` runs PostgreSQL: it cannot read below root's own folders. */
export function homeOfNobody(dataDir: string): string {
  return join(shared, createHash('sha256').update(resolve(dataDir)).digest('hex').slice(0, 16))
}

/** Decides for this process. `namespaces` says whether they may be used; left out, it is tried. Errors: `StartError`. */
export function chooseRunner(dataDir: string, programs: Programs, namespaces?: boolean): Runner {
  const home = resolve(dataDir)
  const owner = folderAt(home)
  const uid = process.getuid?.()
  const allowed = uid === 0 && owner.uid === 0 && (namespaces ?? runs(programs, namespace))
  const way = wayToRun({ uid, ownerOfData: owner.uid, namespaces: allowed })
  const base = { programs, home, prefix: [], identity: undefined, notes: [] }
  if (way === 'self') return { ...base, users: [ourName()] }
  if (way === 'namespace') return { ...base, prefix: namespace, users: [nameOf(nobody.uid)] }
  if (way === 'nobody') return asNobody(dataDir, programs)
  const users = [nameOf(owner.uid), ourName()]
  if (!runs(programs, [], owner))
    throw new StartError(
      `PostgreSQL has to run as ${users[0]}, who owns ${home}, and that user cannot run the programs in ${programs.folder}: move the project, or give DATA_DIR to root.`,
    )
  return { ...base, identity: { uid: owner.uid, gid: owner.gid }, users }
}

function folderAt(home: string): { uid: number; gid: number } {
  try {
    mkdirSync(home, { recursive: true })
    return statSync(home)
  } catch (error) {
    throw explain(error, home)
  }
}

function asNobody(dataDir: string, original: Programs): Runner {
  const home = homeOfNobody(dataDir)
  try {
    makeHome(home, nobody)
    const programs = copyPrograms(original, home)
    const why = 'PostgreSQL does not run as root, and this system lets it have no user namespace'
    const notes = [`${why}: the data is in ${home}, and belongs to ${nameOf(nobody.uid)}.`]
    return { programs, home, prefix: [], identity: nobody, users: [nameOf(nobody.uid), ourName()], notes }
  } catch (error) {
    throw explain(error, home)
  }
}

function runs({ postgres }: Programs, prefix: readonly string[], as?: { uid: number; gid: number }): boolean {
  const [program, ...args] = [...prefix, postgres, '--version']
  return spawnSync(program!, args, as ? { uid: as.uid, gid: as.gid } : {}).status === 0
}
