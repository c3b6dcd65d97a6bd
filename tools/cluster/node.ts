import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clockFrom } from '../services/faketime.ts'
import { dataFolder, type ServedProcess, serve } from '../testing/served.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** One server of a cluster, at the same address each time it is started. */
export interface ClusterNode extends AsyncDisposable {
  readonly url: string
  readonly pid: number
  /** Its ways to the others. */
  readonly toPostgres: TcpProxy
  readonly toRedis: TcpProxy
  readonly isUp: boolean
  start(): Promise<void>
  /** Ends it without warning. */
  kill(): Promise<void>
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>
  pause(isPaused: boolean): void
  /** Sets its clock so many seconds ahead of this machine's. */
  moveClock(seconds: number): void
}

/** Starts a server at a port. `sockets`: of PostgreSQL and the port of Redis. */
export async function startNode(
  port: number,
  postgres: string,
  redis: number,
  environment: Readonly<Record<string, string>>,
): Promise<ClusterNode> {
  const [toPostgres, toRedis] = [await startTcpProxy(postgres), await startTcpProxy(redis)]
  const folder = dataFolder()
  const database = (role: string) => `postgres://aicq_${role}@127.0.0.1:${toPostgres.port}/aicq`
  const clock = join(folder.path, 'clock')
  let running: ServedProcess | undefined
  const made: ClusterNode = {
    url: `http://127.0.0.1:${port}`,
    get pid() {
      return running!.pid
    },
    toPostgres,
    toRedis,
    get isUp() {
      return running !== undefined
    },
    async start() {
      running = await serve(folder.path, {
        environment: {
          PORT: String(port),
          DATABASE_URL: database('server'),
          DATABASE_OWNER_URL: database('owner'),
          DATABASE_PRUNER_URL: database('pruner'),
          REDIS_URL: `redis://127.0.0.1:${toRedis.port}`,
          INSTANCE_SECRET: 'c1'.repeat(32),
          ...clockFrom(clock),
          ...environment,
        },
      })
    },
    async kill() {
      const ended = running
      running = undefined
      await ended?.kill()
    },
    async stop() {
      const ended = running
      running = undefined
      await ended?.[Symbol.asyncDispose]()
    },
    moveClock: (seconds) => writeFileSync(clock, `${seconds < 0 ? '' : '+'}${seconds}s\n`),
    pause: (isPaused) => void (running && process.kill(running.pid, isPaused ? 'SIGSTOP' : 'SIGCONT')),
    async [Symbol.asyncDispose]() {
      made.pause(false)
      await made.kill()
      await toPostgres[Symbol.asyncDispose]()
      await toRedis[Symbol.asyncDispose]()
      folder[Symbol.dispose]()
    },
  }
  made.moveClock(0)
  await made.start()
  return made
}
