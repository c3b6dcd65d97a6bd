import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EmbeddedPostgres, startEmbedded } from '../../packages/server/src/storage/embedded.ts'
import { family, killIfThere } from '../testing/processes.ts'

/** A PostgreSQL of its own that can be killed, stopped and started again with its data. */
export interface ClusterPostgres extends AsyncDisposable {
  /** Its Unix socket. */
  readonly socket: string
  start(): Promise<void>
  /** Ends all its processes without warning, the postmaster stopped first and killed last. */
  kill(): void
  /** A fast shutdown. */
  stop(): Promise<void>
  /** Stops all its processes where they are, or lets them go on. */
  pause(isPaused: boolean): void
}

export async function startClusterPostgres(): Promise<ClusterPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'aicq-cluster-'))
  let running: EmbeddedPostgres | undefined
  const postmaster = () => {
    const file = join(running!.location, 'postmaster.pid')
    return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : undefined
  }
  const made: ClusterPostgres = {
    get socket() {
      return join(running!.host, `.s.PGSQL.${running!.port}`)
    },
    async start() {
      running = await startEmbedded(folder)
    },
    kill() {
      const pid = postmaster()
      if (pid === undefined) return
      process.kill(pid, 'SIGSTOP')
      for (const one of family(pid).reverse()) killIfThere(one)
    },
    async stop() {
      await running![Symbol.asyncDispose]()
    },
    pause(isPaused) {
      const pid = postmaster()
      if (pid === undefined) return
      for (const one of family(pid)) killIfThere(one, isPaused ? 'SIGSTOP' : 'SIGCONT')
    },
    async [Symbol.asyncDispose]() {
      made.pause(false)
      await running![Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true, maxRetries: 20 })
    },
  }
  await made.start()
  return made
}
