import { parseArgs } from 'node:util'
import { AicqError } from '@aicq/client/errors'
import { StartError } from '@aicq/server/start-error'
import { adviceFor } from './advice.ts'
import { UsageError } from './command.ts'
import { commands } from './commands.ts'
import { helpFor, overview } from './help.ts'
import { openOutput } from './output.ts'
import type { Session } from './session.ts'

const common = {
  url: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Runs `aicq` with its arguments; gives the exit code: 0 done, 1 failed, 2 not understood. */
export async function run(args: readonly string[]): Promise<number> {
  const [name = 'help', ...rest] = args
  if (name === 'help' || name === '--help' || name === '-h') return say(rest[0] ? helpFor(rest[0]) : overview())
  const { version } = await import('@aicq/server/version')
  if (name === 'version' || name === '--version') return say(version)
  const json = (rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest).includes('--json')
  try {
    const load = commands[name]
    if (!load) throw new UsageError(`there is no command ${name}`)
    const command = await load()
    const { values, positionals } = parseArgs({
      args: rest,
      options: { ...common, ...command.options },
      allowPositionals: true,
    })
    if (values.help) return say(await helpFor(name))
    const [least, most] = command.words
    if (positionals.length < least || positionals.length > most)
      throw new UsageError(`usage: aicq ${name} ${command.usage}`)
    // a server needs no client: it is not even loaded then
    const sessions = ['serve', 'db', 'completion'].includes(name) ? undefined : await import('./session.ts')
    let opened: Session | undefined
    return (
      (await command.run({
        words: positionals,
        options: values as never,
        // made when it is asked for: a server needs no profile, and its user may have no home
        get session() {
          opened ??= new sessions!.Session(values.url as string | undefined)
          return opened
        },
        out: openOutput(json),
        commands,
      })) ?? 0
    )
  } catch (error) {
    return fail(error, json, name)
  }
}

async function say(text: string | Promise<string>): Promise<number> {
  process.stdout.write(`${await text}\n`)
  return 0
}

function fail(error: unknown, json: boolean, name: string): number {
  const { paint } = openOutput(json, process.stderr)
  const usage = error instanceof UsageError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS')
  const code =
    error instanceof AicqError ? error.code : usage ? 'usage' : error instanceof StartError ? 'start' : 'failed'
  const message = error instanceof Error ? withCause(error, name) : String(error)
  const todo = todoFor(error, code, name)
  const { requestId: request_id, problem } = error instanceof AicqError ? error : {}
  if (json)
    process.stderr.write(
      `${JSON.stringify({ error: { code, message, todo, request_id, retry_after: problem?.retry_after } })}\n`,
    )
  else process.stderr.write(`${paint('red', 'error')} ${code}: ${message}\n${todo ? `  ${todo}\n` : ''}`)
  return usage ? 2 : 1
}

/** Whoever runs a server has to know what failed below it. */
function withCause(error: Error, name: string): string {
  const isOperators = name === 'serve' || name === 'db'
  return isOperators && !(error instanceof StartError) && error.cause instanceof Error
    ? `${error.message} (${error.cause.message})`
    : error.message
}

function todoFor(error: unknown, code: string, name: string): string | undefined {
  const wait = error instanceof AicqError ? Number(error.problem.retry_after) : Number.NaN
  if (wait > 0) return `Come back in ${inWords(wait)}, at ${new Date(Date.now() + wait * 1000).toLocaleString()}.`
  if (error instanceof AicqError) return adviceFor(error)
  if (code === 'usage') return `See: aicq help${name in commands ? ` ${name}` : ''}`
  if (code === 'start' || name === 'serve') return undefined
  return 'This is not an error of the server: check the message above.'
}

function inWords(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} minutes` : `${Math.ceil(seconds / 3600)} hours`
}
