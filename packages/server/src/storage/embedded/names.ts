import { execFileSync } from 'node:child_process'
import { userInfo } from 'node:os'
import { StartError } from '../start-error.ts'

/** The name of the user we are. Errors: `StartError` where it has none. */
export function ourName(): string {
  try {
    return userInfo().username
  } catch {
    throw noName(process.getuid?.() ?? -1)
  }
}

/** The name of a user of this system. Errors: `StartError` where it has none. */
export function nameOf(uid: number): string {
  try {
    const name = execFileSync('id', ['-nu', String(uid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    if (name.trim() && name.trim() !== String(uid)) return name.trim()
  } catch {}
  throw noName(uid)
}

/** PostgreSQL does not start for a user that has no name. */
function noName(uid: number): StartError {
  return new StartError(
    `The user id ${uid} has no name on this system, and PostgreSQL needs one: add it to /etc/passwd, run as another user, or set DATABASE_URL.`,
  )
}
