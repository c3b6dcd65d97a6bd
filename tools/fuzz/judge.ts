import { bodyErrors, commonErrors, type ErrorCode, errors, type Operation, signatureErrors } from '@aicq/protocol'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Case } from './cases.ts'
import type { Answer } from './wire.ts'

/** What is wrong with an answer; `undefined`: nothing. */
export function fault({ op, astray }: Case, answer: Answer): string | undefined {
  const { status, text } = answer
  if (status === undefined) return text
  if (status === 101 || (status >= 200 && status < 300)) return astray ? undefined : faultOfSuccess(op, status, answer)
  if (status < 400 || status > 499) return `answered ${status}: ${text}`
  return faultOfProblem(op, astray, status, answer)
}

const checks = new Map<TSchema, ReturnType<typeof Compile>>()

function matches(schema: TSchema, value: unknown): boolean {
  const check = checks.get(schema) ?? Compile(schema)
  checks.set(schema, check)
  return check.Check(value)
}

function faultOfSuccess(op: Operation, status: number, { type, text }: Answer): string | undefined {
  if (status !== op.status && status !== op.alternative) return `answered ${status}, which ${op.name} does not know`
  // replies that hold results of several calls tell of each what went wrong
  if (/"code":"(internal|unavailable)"/.test(text)) return `answered ${status}, and failed inside: ${text}`
  if (!op.output) return text === '' ? undefined : `answered ${status} with a body: ${text}`
  if (op.stream)
    return /^text\/event-stream/.test(type) && text.startsWith('retry: ')
      ? undefined
      : `answered ${status} without a stream: ${text}`
  if (op.lines) {
    const wrong = text.split(/(?<=\n)/).find((line) => !matches(op.output!, parsed(line)))
    return wrong === undefined ? undefined : `answered ${status} with a line in another shape: ${wrong}`
  }
  if (op.rows && /^text\/csv/.test(type))
    return /^\w+(,\w+)+\r\n/.test(text) ? undefined : `answered CSV without a head: ${text}`
  const value = op.rows && /^application\/jsonl/.test(type) ? pageOf(op.rows, text) : parsed(text)
  const shapes = [op.output, ...(op.v0?.output ? [op.v0.output] : [])]
  return shapes.some((shape) => matches(shape, value)) ? undefined : `answered ${status} in another shape: ${text}`
}

function faultOfProblem(op: Operation, astray: boolean, status: number, { type, text }: Answer): string | undefined {
  if (type !== 'application/problem+json') return `answered ${status} as ${type || 'nothing'}: ${text}`
  const problem = parsed(text) as Record<string, unknown> | undefined
  const known = errors[problem?.code as ErrorCode]
  if (!problem || !known) return `answered ${status} without a code of the table: ${text}`
  const whole =
    known.status === status &&
    problem.status === status &&
    problem.type === `/docs/errors#${problem.code}` &&
    [problem.error, problem.detail, problem.title, problem.request_id].every((word) => typeof word === 'string' && word)
  if (!whole) return `answered ${status} with a problem that is not whole: ${text}`
  const mayHappen: readonly unknown[] = [...op.errors, ...commonErrors, ...bodyErrors, ...signatureErrors, 'not_found']
  if (!astray && !mayHappen.includes(problem.code)) return `answered ${problem.code}, which ${op.name} does not declare`
  return undefined
}

/** The page that JSON lines would have been. */
const pageOf = (rows: string, text: string) => ({
  [rows]: text
    .split('\n')
    .filter((line) => line !== '')
    .map(parsed),
  has_more: false,
})

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
