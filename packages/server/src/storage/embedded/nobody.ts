import { randomBytes } from 'node:crypto'
import { chownSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Programs, programsIn } from './programs.ts'

/** A folder of the user's own, below one that root keeps. */
export function makeHome(home: string, { uid, gid }: { uid: number; gid: number }): void {
  mkdirSync(dirname(home), { recursive: true, mode: 0o755 })
  mkdirSync(home, { recursive: true, mode: 0o700 })
  chownSync(home, uid, gid)
}

/**
 * Copies the programs to where others than root can read them: beside `home`, since root must not write in a folder of another
 * user. Each version has a name of its own, taken when the copy is whole; other versions stay, a server may run them.
 */
export function copyPrograms(original: Programs, home: string): Programs {
  const copied = join(dirname(home), `programs-${original.version}`)
  if (!existsSync(copied)) {
    const draft = `${copied}.new-${randomBytes(6).toString('hex')}`
    try {
      removeDrafts(dirname(home), `programs-${original.version}.new-`)
      cpSync(original.folder, draft, { recursive: true, verbatimSymlinks: true })
      renameSync(draft, copied)
    } catch (error) {
      if (!existsSync(copied)) throw error // else another start was faster
    } finally {
      rmSync(draft, { recursive: true, force: true })
    }
  }
  return programsIn(copied, original.version)
}

function removeDrafts(folder: string, prefix: string): void {
  for (const name of readdirSync(folder))
    if (name.startsWith(prefix)) rmSync(join(folder, name), { recursive: true, force: true })
}
