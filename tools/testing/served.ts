import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { patience } from './patience.ts'
import { family, killIfThere } from './processes.ts'
import { quickFolder } from './quick-folder.ts'

const main = join(import.meta.dirname, '../../packages/cli/src/main.js')

/** A server of its own process, on the embedded PostgreSQL. */
export interface ServedProcess extends AsyncDisposable {
  readonly url: string
  readonly data: string
  readonly notes: readonly string[]
  readonly pid: number
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** What it wrote on its standard error until now. */
  readonly said: () => string
  /** The processes of its PostgreSQL, if it is the embedded one: the postmaster first. */
  readonly postgres: () => number[]
  /** Ends it without warning; `postgres`: with every process of its PostgreSQL, all of which are stopped first, and the postmaster killed last. */
  readonly kill: (what?: { postgres: boolean }) => Promise<void>
  /** A connection as the superuser of its database. */
  readonly connect: () => Promise<pg.Client>
}

interface Folder extends Disposable {
  readonly path: string
}

/** A folder for data, in memory where there is room; removed at the end. */
export const dataFolder = (): Folder => folderIn(quickFolder())

/** A folder for data on disk, for what is measured. */
export const diskFolder = (): Folder => folderIn(tmpdir())

function folderIn(place: string): Folder {
  const path = mkdtempSync(join(place, 'aicq-served-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 20 }) }
}

/** How a server is started. */
export interface Launch {
  /** A program with arguments that becomes the server, as `unshare --user` does. */
  readonly through?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** In a process group of its own, as a shell starts what is typed. */
  readonly ownGroup?: boolean
}

/** Starts `aicq serve --json`. Rejects with the code and what it said if it ends before it answers. */
export async function serve(dataDir: string, launch: Launch = {}): Promise<ServedProcess> {
  const [program, ...args] = [...(launch.through ?? []), process.execPath, main, 'serve', '--json']
  const child = spawn(program!, args, {
    env: {
      PATH: process.env.PATH,
      NODE_V8_COVERAGE: process.env.NODE_V8_COVERAGE,
      DATA_DIR: dataDir,
      PORT: '0',
      LOG_LEVEL: 'error',
      RATE_LIMIT_WHITELIST: '127.0.0.1,::1',
      ...(process.env.NODE_TEST_CONTEXT ? patience : {}), // what is measured is a server as it comes
      ...launch.environment,
    },
    detached: launch.ownGroup ?? false,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => (said += chunk))
  const ended = once(child, 'close')
  const told = await announcement(child)
  if (!told) throw new Error(`ended with ${(await ended)[0]}: ${said}`)
  child.stderr.pipe(process.stderr)
  const { url, data, notes } = told
  const file = join(reached(child, data), 'postmaster.pid')
  const postmaster = existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : Number.NaN
  return {
    url,
    data,
    notes,
    pid: child.pid!,
    ended: ended.then(([code, signal]) => code ?? signal),
    said: () => said,
    postgres: () => family(postmaster),
    async connect() {
      const client = new pg.Client({ host: data, port: 5432, user: 'postgres', database: 'aicq' })
      client.on('error', () => {}) // the server's end ends it too
      await client.connect()
      return client
    },
    async kill({ postgres } = { postgres: false }) {
      if (postgres) {
        process.kill(postmaster, 'SIGSTOP') // starts no others
        for (const pid of family(postmaster)) killIfThere(pid, 'SIGSTOP') // nor does one of them write meanwhile what is not on disk
      }
      child.kill('SIGKILL')
      await ended
      if (postgres) for (const pid of family(postmaster).reverse()) killIfThere(pid)
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** A folder as the server sees it, which may have mounts of its own. */
const reached = (child: ChildProcess, folder: string) =>
  existsSync(`/proc/${child.pid}/root`) ? join(`/proc/${child.pid}/root`, folder) : folder

interface Announcement {
  readonly url: string
  readonly data: string
  readonly notes: readonly string[]
}

/** The line that `aicq serve --json` prints once it answers. */
async function announcement(child: ChildProcess): Promise<Announcement | undefined> {
  let text = ''
  for await (const chunk of child.stdout!) {
    text += chunk
    if (text.includes('\n')) return JSON.parse(text)
  }
  return undefined
}
