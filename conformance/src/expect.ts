import { isDeepStrictEqual } from 'node:util'
import { Unmet } from './check.ts'
import { errors } from './errors.ts'
import type { Answer } from './wire/http.ts'

const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

const short = ({ status, body }: Answer) => `${status} ${shown(body?.code ?? body)}`

const isObject = (value: unknown) => typeof value === 'object' && value !== null

/** What must hold. `came`: what there is instead, if it does not. */
export function must(holds: boolean, expected: string, came: unknown): asserts holds {
  if (!holds) throw new Unmet(expected, shown(came))
}

/** That a value is the one that the rule says. `what`: how it is called in the report. */
export function equal(what: string, came: unknown, expected: unknown): void {
  must(isDeepStrictEqual(came, expected), `${what} ${shown(expected)}`, came)
}

/** That a request was answered with this status, or one of these, and with JSON where there is a body: the body that came. */
// biome-ignore lint/suspicious/noExplicitAny: a check reads whatever came
export function answered(answer: Answer, ...statuses: readonly number[]): any {
  must(statuses.includes(answer.status), statuses.join(' or '), short(answer))
  must(answer.status === 204 || isObject(answer.body), `${answer.status} with a body of JSON`, short(answer))
  return answer.body
}

/** That a request was refused with one of these codes, with the status that the table of errors gives it. */
export function refused(answer: Answer, ...codes: readonly string[]): void {
  const expected = codes.map((code) => `${errors[code]?.[0]} ${code}`)
  must(expected.includes(`${answer.status} ${answer.body?.code}`), expected.join(' or '), short(answer))
}

/** That numbers stay or rise, one after another. `what`: how they are called in the report. */
export function neverFall(what: string, came: readonly number[]): void {
  must(
    came.every((one, at) => at === 0 || came[at - 1]! <= one),
    `${what} that never fall`,
    came,
  )
}

/** One member of each, in their order. */
// biome-ignore lint/suspicious/noExplicitAny: a check reads whatever came
export const each = (member: string, list: readonly any[]): any[] => list.map((one) => one?.[member])

/** That a call of JSON-RPC failed with this code: the problem document that came. */
export function failed(reply: { code?: string }, code: string): void {
  must(reply?.code === code, `the problem ${code}`, reply)
}
