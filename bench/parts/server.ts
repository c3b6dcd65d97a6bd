import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { family } from './process.ts'

const main = join(import.meta.dirname, '../../packages/cli/src/main.ts')

/** A server of its own process, on the embedded PostgreSQL. */
export interface BenchServer extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** The processes of its PostgreSQL. */
  readonly postgres: () => number[]
  /** A connection as the superuser of its database. */
  readonly connect: () => Promise<pg.Client>
}

/** A folder for data, removed at the end. */
export function dataFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'aicq-bench-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

export async function startServer(dataDir: string): Promise<BenchServer> {
  const child = spawn(process.execPath, [main, 'serve', '--json'], {
    env: { PATH: process.env.PATH, DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { url, data } = await announcement(child)
  const postmaster = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0])
  return {
    url,
    pid: child.pid!,
    postgres: () => family(postmaster),
    async connect() {
      const client = new pg.Client({ host: data, port: 5432, user: 'postgres', database: 'aicq' })
      client.on('error', () => {}) // the server's end ends it too
      await client.connect()
      return client
    },
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
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
