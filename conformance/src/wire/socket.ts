import { WebSocket } from 'ws'
import { Unmet } from '../check.ts'
import { signSession } from './envelopes.ts'
import { parsed, textOf } from './http.ts'
import type { Agent } from './keys.ts'
import { ownEvents } from './own-events.ts'
import { signRequest } from './request-signature.ts'

// biome-ignore lint/suspicious/noExplicitAny: a check reads whatever came
type Json = any

/** How an opening was refused. */
export interface Refusal {
  readonly status: number
  readonly body: Json
}

/** A connection of the subprotocol aicq.v1 (spec/realtime.md#socket). */
export interface Socket extends AsyncDisposable {
  readonly ws: WebSocket
  readonly notifications: readonly { readonly method: string; readonly params: Json }[]
  /** The events of all subscriptions that have come, but for erasures. */
  readonly events: readonly Json[]
  /** The result of a call, or the problem document. */
  call(method: string, params?: Readonly<Record<string, unknown>>): Promise<Json>
  /** Sends a text as it is, and gives what comes next that is no notification and answers no call. */
  ask(text: string): Promise<Json>
  /** The code with which the connection closed, once it has. */
  readonly closed: Promise<number>
}

export interface Opening {
  /** Who signs the request that opens it. */
  readonly as?: Agent
  readonly now?: number
  readonly protocols?: string[]
  readonly headers?: Record<string, string>
}

/** Opens a socket, or says how that was refused. */
export async function openSocket(url: string, options: Opening = {}): Promise<Socket | Refusal> {
  const { as, now, protocols = ['aicq.v1'] } = options
  const { host } = new URL(url)
  const parts = { method: 'GET', authority: host, target: '/v1/ws' }
  const headers = { ...(as ? signRequest(as, parts, now ? { now } : {}) : {}), ...options.headers }
  const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/ws`, protocols, { headers, handshakeTimeout: 30_000 })
  const notifications: { method: string; params: Json }[] = []
  const replies = new Map<unknown, (reply: Json) => void>()
  let next: ((reply: Json) => void) | undefined
  let fail: (why: Unmet) => void
  const lost = new Promise<never>((_, reject) => {
    fail = reject
  })
  lost.catch(() => {}) // nobody may be waiting
  ws.on('message', (data) => {
    const message: Json = parsed(String(data))
    if (typeof message !== 'object') return fail(new Unmet('JSON on the socket', String(data)))
    if (message.method) return void notifications.push(message)
    const waiting = replies.get(message.id) ?? next
    replies.delete(message.id)
    waiting?.(message)
  })
  let ids = 0
  const closed = new Promise<number>((resolve) => ws.on('close', (code) => resolve(code)))
  closed.then((code) => fail(new Unmet('an answer on the socket', `its end, with the code ${code}`)))
  const refusal = await new Promise<Refusal | undefined>((resolve, reject) => {
    ws.on('open', () => resolve(undefined))
    ws.on('error', reject)
    ws.on('unexpected-response', (_, response) => {
      const refusal = textOf(response).then((text) => ({ status: response.statusCode!, body: parsed(text) }))
      refusal.then(resolve, reject).finally(() => ws.terminate())
    })
  })
  if (refusal) return refusal
  return {
    ws,
    notifications,
    get events() {
      return ownEvents(notifications.flatMap(({ method, params }) => (method === 'event' ? [params.event] : [])))
    },
    closed,
    async call(method, params = {}) {
      const id = `call-${++ids}`
      const reply = new Promise<Json>((resolve) => replies.set(id, resolve))
      ws.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
      const { result, error } = await Promise.race([reply, lost])
      return error ? (error.data ?? error) : result
    },
    ask(text) {
      const reply = new Promise<Json>((resolve) => {
        next = resolve
      })
      ws.send(text)
      return Promise.race([reply, lost])
    },
    async [Symbol.asyncDispose]() {
      ws.terminate()
      await closed
    },
  }
}

/** What `session.authenticate` carries. `as`: who signs; the rest: what is to differ. */
export function sessionOf(
  as: Agent,
  challenge: string,
  at: string,
  created: number,
  agent = as.id,
): { agent: string; created: number; sig: string } {
  return { agent, created, sig: signSession(as, { at, challenge, agent, created }) }
}
