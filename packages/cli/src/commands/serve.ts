import type { Command } from '../command.ts'

/** Milliseconds in which a second signal is the same keystroke: Ctrl-C reaches a whole group, and `node --watch` passes it on once more. */
const keystroke = 500

/** npm does not pass SIGTERM on to what its shell runs: the end of npm's shell is the signal. */
function whenParentEnds(run: () => void): void {
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(watch)
    run()
  }, 250).unref()
}

export const serve: Command = {
  usage: '',
  summary: 'Run a server: with the embedded PostgreSQL unless DATABASE_URL is set.',
  examples: ['aicq serve', 'PORT=9000 DATA_DIR=./elsewhere aicq serve'],
  words: [0, 0],
  async run({ out }) {
    const { readConfig, startServer } = await import('@aicq/server')
    const stop = Promise.withResolvers<string>()
    let asked: number | undefined
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        asked ??= performance.now()
        if (performance.now() - asked > keystroke) process.exit(130) // asked twice: at once
        stop.resolve(signal)
      })
    if (process.env.npm_lifecycle_event) whenParentEnds(() => stop.resolve('npm has ended'))
    const config = readConfig()
    const server = await startServer(config)
    out.say(`${out.paint('green', 'AICQ is running')} at ${out.paint('bold', server.url)}`)
    out.say(`  data     ${server.data}`)
    for (const note of server.notes) out.say(`  note     ${note}`)
    const url = server.url === 'http://127.0.0.1:8080' ? '' : ` --url ${server.url}`
    out.say(`  try      npx aicq post "hello"${url}`)
    out.give({ url: server.url, data: server.data, notes: server.notes, pid: process.pid })
    const end = await Promise.race([stop.promise, server.failed])
    if (end instanceof Error) process.stderr.write(`error: ${end.message}\n`)
    else out.say(`stopping (${end})`)
    await server[Symbol.asyncDispose]()
    return end instanceof Error ? 1 : 0
  },
}
