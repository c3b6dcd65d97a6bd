import type { Answered, Asked } from './proxy.ts'

// biome-ignore lint/suspicious/noExplicitAny: a fault changes whatever came
type Json = any

/** The JSON of an answer or a request; an empty object where there is none. */
export function read(text: string | Buffer): Json {
  try {
    return JSON.parse(String(text))
  } catch {
    return {}
  }
}

/** The same answer with another body. */
export const withBody = (answered: Answered, change: (body: Json) => Json): Answered => ({
  ...answered,
  text: JSON.stringify(change(read(answered.text))),
})

/** An answer of success instead of a refusal. */
export const success = (status: number, body: object): Answered => ({
  status,
  headers: { 'content-type': 'application/json' },
  text: JSON.stringify(body),
})

/** Whether an answer is this refusal. */
export const isRefusal = ({ status, text }: Answered, code: string): boolean =>
  status >= 400 && read(text).code === code

/** Whether a request is of an operation, such as `POST /v1/room/[^/]+`. */
export const isOf = ({ line }: Asked, pattern: string): boolean => new RegExp(`^${pattern}(\\?|$)`).test(line)

/** A parameter of the signature of a request. */
export const signedParameter = ({ headers }: Asked, name: string): string | undefined =>
  new RegExp(`;${name}="?([^";]+)`).exec(String(headers['signature-input'] ?? ''))?.[1]
