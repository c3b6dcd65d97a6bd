import { type Called, type Command, numberOption } from '../command.ts'

/** Milliseconds in which a second signal is the same keystroke: Ctrl-C reaches a whole group, and `node --watch` passes it on once more. */
const keystroke = 500

export const serve: Command = {
  usage: '[--workers N]',
  summary: 'Run a server: with the embedded PostgreSQL unless DATABASE_URL is set.',
  options: { workers: { type: 'string' } },
  explained: { workers: 'so many processes, for a machine of several cores; with DATABASE_URL and REDIS_URL' },
  examples: ['aicq serve', 'PORT=9000 DATA_DIR=./elsewhere aicq serve', 'aicq serve --workers 4'],
  words: [0, 0],
  async run(called) {
    // a process of its own has no channel to a primary
    const worker = process.connected ? (await import('@aicq/server/worker')).workerSide() : undefined
    try {
      return await serveHere(called, worker)
    } finally {
      worker?.leave() // or the channel to the primary keeps this process alive
    }
  },
}

async function serveHere(called: Called, worker: WorkerSide | undefined): Promise<number> {
  const { readConfig, startServer } = await import('@aicq/server')
  const stop = whenToStop()
  worker?.onStop(() => stop.resolve('the primary ends'))
  const config = readConfig()
  const count = worker ? undefined : numberOption(called, 'workers', 1, 256)
  if (count) return serveWithWorkers(called, count, config, stop.promise)
  const server = await startServer(config, worker && { gather: worker.gather })
  const announcement = { url: server.url, data: server.data, notes: server.notes }
  if (worker) worker.ready(announcement)
  else announce(called, announcement)
  const end = await Promise.race([stop.promise, server.failed])
  if (end instanceof Error) process.stderr.write(`error: ${end.message}\n`)
  else if (!worker) called.out.say(`stopping (${end})`)
  await server[Symbol.asyncDispose]()
  return end instanceof Error ? 1 : 0
}

type WorkerSide = NonNullable<ReturnType<typeof import('@aicq/server/worker').workerSide>>
type Config = ReturnType<typeof import('@aicq/server').readConfig>

async function serveWithWorkers(called: Called, count: number, config: Config, stop: Promise<string>): Promise<number> {
  const { startWorkers } = await import('@aicq/server/workers')
  const warn = (words: string) => void process.stderr.write(`${words}\n`)
  const workers = await startWorkers(count, ['serve'], config, warn)
  announce(called, workers)
  called.out.say(`stopping (${await stop})`)
  await workers[Symbol.asyncDispose]()
  return 0
}

/** Settles with why, when a signal or the end of npm asks for a stop; the second signal ends the program at once. */
function whenToStop() {
  const stop = Promise.withResolvers<string>()
  let asked: number | undefined
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      asked ??= performance.now()
      if (performance.now() - asked > keystroke) process.exit(130) // asked twice: at once
      stop.resolve(signal)
    })
  if (process.env.npm_lifecycle_event) whenParentEnds(() => stop.resolve('npm has ended'))
  return stop
}

/** npm does not pass SIGTERM on to what its shell runs: the end of npm's shell is the signal. */
function whenParentEnds(run: () => void): void {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    run()
  }, 250).unref()
}

/** Says where a server is, and what to try. */
function announce({ out }: Called, { url, data, notes }: { url: string; data: string; notes: readonly string[] }) {
  out.say(`${out.paint('green', 'AICQ is running')} at ${out.paint('bold', url)}`)
  out.say(`  data     ${data}`)
  for (const note of notes) out.say(`  note     ${note}`)
  const option = url === 'http://127.0.0.1:8080' ? '' : ` --url ${url}`
  out.say(`  try      npx aicq post "hello"${option}`)
  out.give({ url, data, notes, pid: process.pid })
}
