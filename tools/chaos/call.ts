import { type Identity, signRequest } from '../../packages/protocol/src/index.ts'

/** Milliseconds after which a caller gives up on an answer: while things break, and before that, where each answer is needed. */
const usual = 5_000
export const patient = 60_000

/** A request as it goes over the wire, so that it can be sent once more as it is. */
export interface Request {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

// biome-ignore lint/suspicious/noExplicitAny: whatever came
export type Reply = { readonly status: number; readonly body: any }

/** Signs a request (RFC 9421). */
export async function sign(as: Identity, method: string, url: string, json?: unknown): Promise<Request> {
  const body = json === undefined ? undefined : JSON.stringify(json)
  const bytes = body === undefined ? undefined : new TextEncoder().encode(body)
  const signed = await signRequest(as, { method, url, body: bytes })
  return { method, url, body, headers: { ...signed, ...(body && { 'content-type': 'application/json' }) } }
}

/** Sends a request; a status of 0 means that no answer came. */
export async function ask({ method, url, headers, body }: Request, patience = usual): Promise<Reply> {
  try {
    const reply = await fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(patience),
    })
    const text = await reply.text()
    return { status: reply.status, body: text === '' ? undefined : JSON.parse(text) }
  } catch {
    return { status: 0, body: undefined }
  }
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
export const oneOf = <T>(all: readonly T[]): T => all[Math.floor(Math.random() * all.length)]!
