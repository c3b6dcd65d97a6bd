import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

const main = join(import.meta.dirname, '../../packages/cli/src/main.ts')

/** A server of its own process, on the embedded PostgreSQL. */
export interface ServedProcess extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  /** The processes of its PostgreSQL, the postmaster first. */
  readonly postgres: () => number[]
  /** Ends it without warning; `postgres`: with every process of its PostgreSQL, the postmaster stopped first and killed last. */
  readonly kill: (what?: { postgres: boolean }) => Promise<void>
  /** A connection as the superuser of its database. */
  readonly connect: () => Promise<pg.Client>
}

/** A folder for data, removed at the end. */
export function dataFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'aicq-served-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 20 }) }
}

/** `environment`: further settings. */
export async function serve(dataDir: string, environment: Record<string, string> = {}): Promise<ServedProcess> {
  const child = spawn(process.execPath, [main, 'serve', '--json'], {
    env: {
      PATH: process.env.PATH,
      NODE_V8_COVERAGE: process.env.NODE_V8_COVERAGE,
      DATA_DIR: dataDir,
      PORT: '0',
      LOG_LEVEL: 'error',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit').then(([code, signal]) => code ?? signal)
  const { url, data } = await announcement(child)
  const postmaster = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
  return {
    url,
    pid: child.pid!,
    ended,
    postgres: () => family(postmaster),
    async connect() {
      const client = new pg.Client({ host: data, port: 5432, user: 'postgres', database: 'aicq' })
      client.on('error', () => {}) // the server's end ends it too
      await client.connect()
      return client
    },
    async kill({ postgres } = { postgres: false }) {
      if (postgres) process.kill(postmaster, 'SIGSTOP')
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

/** A backend whose client has gone may end by itself. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** A process and all that come from it. */
function family(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number)
  return [pid, ...children.flatMap(family)]
}

/** The line that `aicq serve --json` prints once it answers. */
async function announcement(child: ChildProcess): Promise<{ url: string; data: string }> {
  let text = ''
  for await (const chunk of child.stdout!) {
    text += chunk
    if (text.includes('\n')) return JSON.parse(text)
  }
  throw new Error('the server ended before it answered')
}
