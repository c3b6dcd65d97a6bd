import { readdirSync, readFileSync } from 'node:fs'

/** Seconds of CPU that a process has used, all its threads together, to the nanosecond; 0 if it has ended. */
export function cpuOf(pid: number): number {
  const nanoseconds = threadsOf(pid).map((thread) => {
    try {
      return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0])
    } catch {
      return 0 // the thread has ended
    }
  })
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1e9
}

/** Seconds of CPU that processes have used since; those that have ended meanwhile (PostgreSQL's workers come and go) are left out. */
export function cpuSince(pids: readonly number[]): () => number {
  const before = pids.map(cpuOf)
  return () => pids.reduce((sum, pid, at) => sum + Math.max(0, cpuOf(pid) - before[at]!), 0)
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

/** Megabytes that a process holds in memory. */
export function residentOf(pid: number): number {
  return kilobytes(`/proc/${pid}/status`, 'VmRSS') / 1024
}

/** Megabytes of several processes together; what they share counts once, and what has ended (see `cpuSince`) not at all. */
export function proportionalOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + proportional(pid), 0) / 1024
}

function proportional(pid: number): number {
  try {
    return kilobytes(`/proc/${pid}/smaps_rollup`, 'Pss')
  } catch (error) {
    if (/^(ENOENT|ESRCH)$/.test((error as NodeJS.ErrnoException).code ?? '')) return 0
    throw error
  }
}

function kilobytes(file: string, name: string): number {
  const [, value] = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(file, 'utf8')) ?? []
  return Number(value)
}
