import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import type { Config } from '../config.ts'
import { StartError } from '../storage/start-error.ts'
import { gatherFigures } from './figures.ts'
import type { Announcement, FromPrimary, FromWorker } from './messages.ts'

/** Processes that are one server; disposing of it lets each answer what it has accepted. */
export interface Workers extends Announcement, AsyncDisposable {}

/** Milliseconds until a worker that ended is replaced, at first and at most; twice as many each time, until one lives for a minute. */
const [shortest, longest, healthy] = [1_000, 30_000, 60_000]

/**
 * Starts so many processes of the program that runs, with these arguments: they listen at one port, and this process hands connections
 * to each in turn. One that ends is replaced. Errors: `StartError` if the first one does not start, which has said why.
 *
 * @param warn told of workers that end
 */
export async function startWorkers(
  count: number,
  args: readonly string[],
  config: Config,
  warn: (words: string) => void,
): Promise<Workers> {
  if (!config.databaseUrl || config.redisUrls.length === 0)
    throw new StartError('--workers needs DATABASE_URL and REDIS_URL: processes share nothing but these.')
  cluster.setupPrimary({ args: [...args] })
  const answering = new Set<Worker>()
  const figures = gatherFigures(() => [...answering])
  const replacing = new Set<NodeJS.Timeout>()
  let isStopping = false
  let pause = shortest

  function fork(): { worker: Worker; ready: Promise<Announcement | undefined> } {
    const worker = cluster.fork()
    const began = Date.now()
    const { promise, resolve } = Promise.withResolvers<Announcement | undefined>()
    worker.on('message', (message: FromWorker) => {
      if ('ready' in message) {
        answering.add(worker)
        resolve(message.ready)
      }
      void figures.hear(worker, message)
    })
    worker.on('error', () => {}) // of a message to one that has just ended
    worker.once('exit', (code, signal) => {
      const hadStarted = answering.delete(worker)
      figures.gone(worker)
      resolve(undefined)
      if (isStopping || (!hadStarted && answering.size === 0 && pause === shortest)) return
      if (Date.now() - began > healthy) pause = shortest
      warn(`worker ${worker.process.pid} ended with ${signal ?? code}: another one starts in ${pause / 1000} s`)
      replacing.add(setTimeout(() => void (isStopping || fork()), pause))
      pause = Math.min(longest, pause * 2)
    })
    return { worker, ready: promise }
  }

  const first = await fork().ready // alone, so that what is wrong is said once, and tables are made once
  if (!first) throw new StartError('The first worker did not start.')
  await Promise.all(Array.from({ length: count - 1 }, () => fork().ready))
  return {
    ...first,
    async [Symbol.asyncDispose]() {
      isStopping = true
      for (const timer of replacing) clearTimeout(timer)
      const all = Object.values(cluster.workers ?? {}).filter((worker) => worker && !worker.isDead()) as Worker[]
      await Promise.all(
        all.map(async (worker) => {
          const ended = once(worker, 'exit')
          worker.send({ stop: true } satisfies FromPrimary)
          await ended
        }),
      )
    },
  }
}
