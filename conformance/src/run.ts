import { parseArgs } from 'node:util'
import { type Level, levels } from './check.ts'
import { checksUpTo } from './checks.ts'
import { count, judge } from './judge.ts'
import { meet } from './meet.ts'
import { asJson } from './report/json.ts'
import { asJunit } from './report/junit.ts'
import { asText } from './report/text.ts'

const usage = `Usage: aicq-conformance <url> [--json | --junit] [--level ${levels.join(' | ')}]
Judges whether the server at <url> speaks AICQ. This machine's address must be on its RATE_LIMIT_WHITELIST.
Exit codes: 0 it does, 1 it does not, 2 wrong usage, or a server that cannot be judged.
`

interface Request {
  readonly url: string
  readonly level: Level
  readonly format: 'text' | 'json' | 'junit'
}

function read(args: readonly string[]): Request | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      junit: { type: 'boolean', default: false },
      level: { type: 'string', default: 'realtime' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const level = levels.find((one) => one === values.level)
  const url = positionals[0] ?? ''
  if (values.help || positionals.length !== 1 || !level || (values.json && values.junit)) return undefined
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return undefined
  return { url, level, format: values.json ? 'json' : values.junit ? 'junit' : 'text' }
}

/** The command: gives the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const began = performance.now()
  let request: Request | undefined
  try {
    request = read(args)
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`)
  }
  if (!request) {
    process.stderr.write(usage)
    return 2
  }
  const met = await meet(request.url)
  if (typeof met === 'string') {
    process.stderr.write(`${met}\n`)
    return 2
  }
  const findings = await judge(met, checksUpTo(request.level))
  const { refusal } = met
  await met.leave()
  if (refusal) {
    process.stderr.write(`${refusal}\n`)
    return 2
  }
  const report = { url: met.url, level: request.level, seconds: (performance.now() - began) / 1000, findings }
  const write = { text: asText, json: asJson, junit: asJunit }[request.format]
  process.stdout.write(write(report))
  return count(findings, 'failed') === 0 ? 0 : 1
}
