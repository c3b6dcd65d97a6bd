import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** What `postmaster.pid` in a data folder says. */
export interface Postmaster {
  readonly pid: number
  readonly port: number
  /** Folder of its socket. */
  readonly socket: string
}

export function readPostmaster(data: string): Postmaster | undefined {
  try {
    const [pid, , , port, socket] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(pid), port: Number(port), socket: socket ?? '' }
  } catch {
    return undefined
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Whether the program behind a pid is a PostgreSQL that works in `data`. */
export function isPostgresOf(pid: number, data: string): boolean {
  if (process.platform === 'linux') return worksIn(pid, realpathSync(data))
  try {
    return /postgres/.test(execFileSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }))
  } catch {
    return false
  }
}

function worksIn(pid: number | string, data: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return /postgres/.test(words[0]!) && (folderOf(pid) ?? realpathSync(words[words.indexOf('-D') + 1]!)) === data
  } catch {
    return false
  }
}

/** Where a process works. `undefined` if we may not know: root in a container, of a process of somebody else. */
function folderOf(pid: number | string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch (error) {
    if (['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code!)) return undefined
    throw error
  }
}

/** Processes of PostgreSQL that work in `data`, the children of a dead one included; known on Linux alone. */
export function processesOf(data: string): number[] {
  if (process.platform !== 'linux') return []
  const real = realpathSync(data)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && worksIn(name, real))
    .map(Number)
}

/**
 * Removes lock files, `postmaster.pid` and that of the socket, which name a stranger: the number went to another program, as it does in
 * containers, or to the dead whom nobody has buried. PostgreSQL would refuse to start. They stay while anybody works in the folder.
 */
export function removeStrangersClaims(data: string, socketLock: string): void {
  if (processesOf(data).length > 0) return
  for (const file of [join(data, 'postmaster.pid'), socketLock]) {
    const pid = pidIn(file)
    if (pid !== undefined && isAlive(pid) && !isPostgresOf(pid, data)) rmSync(file, { force: true })
  }
}

function pidIn(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8').split('\n')[0])
  } catch {
    return undefined
  }
}

/** Fast shutdown: connections are closed, what is committed is kept. Resolves when all processes are gone. */
export async function stopPostmaster(data: string): Promise<void> {
  const running = readPostmaster(data)
  if (!running || !isAlive(running.pid) || !isPostgresOf(running.pid, data)) return
  process.kill(running.pid, 'SIGINT')
  while (isAlive(running.pid) && isPostgresOf(running.pid, data)) await sleep(5)
}
