import { readFileSync } from 'node:fs'
import { link, mkdir, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AicqError } from '../errors.ts'

/** Milliseconds that one waits for the one before. */
const patience = 10_000

/** Who holds a lock. A process id is used again, so the time at which the process began belongs to it, where the system tells it. */
interface Holder {
  readonly host: string
  readonly pid: number
  readonly began: string
}

/**
 * Locks a folder against all other programs, and everybody else in this one; gives what unlocks it. A holder that has ended without
 * unlocking holds it no longer. Errors: `state_in_use`.
 *
 * Holders are numbered: each makes the file with the number after the last, which only one can, and the last one is never removed. So
 * it cannot happen that two find the same dead holder and one then removes the lock of the other.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = join(folder, `${crypto.randomUUID()}.draft`)
  const until = performance.now() + patience
  const us: Holder = { host: hostname(), pid: process.pid, began: beginningOf(process.pid) ?? '' }
  await writeFile(draft, JSON.stringify(us), { mode: 0o600 })
  try {
    while (true) {
      const last = (await numbers(folder)).at(-1) ?? 0
      const holder = last === 0 ? undefined : await holderOf(join(folder, `${last}`))
      if (!holder || !isAlive(holder)) {
        const file = join(folder, `${last + 1}`)
        if (await take(draft, file)) {
          if ((await numbers(folder)).at(-1) === last + 1) return await locked(folder, file, last + 1)
          await unlink(file) // others came and went since we looked
        }
        continue
      }
      if (performance.now() > until) throw inUse(folder, holder)
      await sleep(5 + Math.random() * 20)
    }
  } finally {
    await unlink(draft)
  }
}

async function locked(folder: string, file: string, number: number): Promise<() => Promise<void>> {
  for (const old of await numbers(folder)) if (old < number) await unlink(join(folder, `${old}`)).catch(() => {})
  return async () => {
    const free = `${file}.free`
    await writeFile(free, '', { mode: 0o600 })
    await rename(free, file)
  }
}

async function numbers(folder: string): Promise<number[]> {
  const files = await readdir(folder)
  return files
    .filter((file) => /^\d+$/.test(file))
    .map(Number)
    .sort((one, other) => one - other)
}

/** Whether the number was free, and is now ours. */
async function take(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Nobody, once it was unlocked or the next one has come. */
async function holderOf(file: string): Promise<Holder | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text === '' ? undefined : JSON.parse(text)
}

/** Of other machines nobody can tell. */
function isAlive({ host, pid, began }: Holder): boolean {
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return began === (beginningOf(pid) ?? '')
}

/** When a process began, in the kernel's own count; only Linux tells. */
function beginningOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

const inUse = (folder: string, { host, pid }: Holder) =>
  new AicqError('state_in_use', `process ${pid} on ${host} holds the lock in ${folder}`, { retryable: true, status: 0 })
