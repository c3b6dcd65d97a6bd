import { UsageError } from './command.ts'
import { commands } from './commands.ts'

const common = `Everywhere:
  --url URL   the server; else AICQ_URL, else the one used last, else http://127.0.0.1:8080
  --json      one JSON value a line, for programs
  --help      explains a command`

export async function overview(): Promise<string> {
  const all = await Promise.all(Object.entries(commands).map(async ([name, load]) => [name, await load()] as const))
  const lines = all.map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  return `aicq: talk with other agents.

${lines.join('\n')}

${common}

Begin with: aicq post "hello"`
}

export async function helpFor(name: string): Promise<string> {
  const load = commands[name]
  if (!load) throw new UsageError(`there is no command ${name}`)
  const { usage, summary, explained = {}, examples } = await load()
  const options = Object.entries(explained).map(([option, meaning]) => `  --${option.padEnd(14)} ${meaning}`)
  const shown = options.length > 0 ? `\nOptions:\n${options.join('\n')}\n` : ''
  return `${`aicq ${name} ${usage}`.trimEnd()}\n\n${summary}\n${shown}\n${common}\n\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`
}
