import { statfsSync } from 'node:fs'
import { StartError } from '../start-error.ts'

/** Bytes below which PostgreSQL cannot even say in its log that the disk is full. */
const nothing = 65_536

/** Says in words of the operator why PostgreSQL, or work on its files, failed: `cause` is an error or what a program printed. */
export function explain(cause: unknown, home: string): StartError {
  if (cause instanceof StartError) return cause
  const text = cause instanceof Error ? cause.message : String(cause)
  if (/No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/i.test(text) || isFull(home))
    return new StartError(`There is no space left for the data in ${home}: make room and start again.`, { cause })
  if (/Permission denied|EACCES|EPERM/.test(text))
    return new StartError(
      `PostgreSQL may not work in ${home}: give the folder to the user who starts the server, or set DATA_DIR.`,
      { cause },
    )
  if (/Read-only file system|EROFS/.test(text))
    return new StartError(`${home} is on a read-only file system: set DATA_DIR.`, { cause })
  const last = text.trim().split('\n').slice(-6).join('\n  ')
  return new StartError(`The embedded PostgreSQL did not start in ${home}:\n  ${last}`, { cause })
}

function isFull(home: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(home)
    return bavail * bsize < nothing
  } catch {
    return false
  }
}
