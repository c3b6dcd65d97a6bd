import { WebSocket } from 'ws'
import { type Identity, signRequest, signSession } from '../../packages/protocol/src/index.ts'
import { eventually } from './requests.ts'
import { type OpenTransport, resultOf } from './transports.ts'

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came
type Json = any

/** A client on a socket, as a program in any language would be one. */
export interface Dialled extends AsyncDisposable {
  readonly ws: WebSocket
  /** What has come until now that was no reply. */
  readonly notifications: readonly { method: string; params: Json }[]
  /** The reply, or the problem document. */
  call(method: string, params?: Record<string, unknown>): Promise<Json>
  /** Sends a text as it is, and gives what comes next that is no notification. */
  ask(text: string): Promise<Json>
  /** The parameters of the first notification that fits, once it has come. */
  told(method: string, fits?: (params: Json) => boolean): Promise<Json>
  /** Settles when the connection has closed. */
  readonly closed: Promise<{ code: number; reason: string }>
}

export interface Dialling {
  /** Who signs the request that opens it. */
  readonly as?: Identity
  readonly headers?: Record<string, string>
  readonly protocols?: string[]
  readonly path?: string
  readonly now?: number
  readonly nonce?: string
  readonly autoPong?: boolean
}

/** Opens a socket. Rejects with status, headers and problem where it is refused. */
export async function dial(url: string, options: Dialling = {}): Promise<Dialled> {
  const { as, headers = {}, protocols = ['aicq.v1'], path = '/v1/ws', autoPong = true, ...signing } = options
  const signed = as ? await signRequest(as, { method: 'GET', url: url + path }, signing) : {}
  const ws = new WebSocket(`${url.replace('http', 'ws')}${path}`, protocols, {
    headers: { ...signed, ...headers },
    autoPong,
  })
  const notifications: { method: string; params: Json }[] = []
  const replies = new Map<unknown, (reply: Json) => void>()
  let next: ((reply: Json) => void) | undefined
  let ids = 0
  ws.on('message', (data) => {
    const message = JSON.parse(String(data))
    if (message.method) return notifications.push(message)
    const waiting = replies.get(message.id) ?? next
    replies.delete(message.id)
    return waiting?.(message)
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    ws.on('close', (code, reason) => resolve({ code, reason: String(reason) })),
  )
  await new Promise<void>((resolve, reject) => {
    ws.on('open', resolve)
    ws.on('error', reject)
    ws.on('unexpected-response', async (_request, response) => {
      let body = ''
      for await (const chunk of response) body += chunk
      const { statusCode: status, headers } = response
      reject(Object.assign(new Error('refused'), { status, headers, problem: JSON.parse(body) }))
      ws.terminate()
    })
  })
  return {
    ws,
    notifications,
    closed,
    async call(method, params = {}) {
      const id = ++ids
      const reply = new Promise<Json>((resolve) => replies.set(id, resolve))
      ws.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
      return resultOf(await reply)
    },
    ask(text) {
      const reply = new Promise<Json>((resolve) => {
        next = resolve
      })
      ws.send(text)
      return reply
    },
    told: async (method, fits = () => true) =>
      (await eventually(async () => notifications.find((one) => one.method === method && fits(one.params)))).params,
    async [Symbol.asyncDispose]() {
      ws.terminate()
      await closed
    },
  }
}

/** Answers the challenge of a socket: what came back. */
export async function answerChallenge(
  socket: Dialled,
  as: Identity,
  changes: { at?: string; challenge?: string; agent?: string; created?: number; signedBy?: Identity } = {},
): Promise<Json> {
  const { challenge, at } = await socket.told('session.challenge')
  const { signedBy = as, ...changed } = changes
  const session = { challenge, at, agent: as.id, created: Date.now(), ...changed }
  const sig = await signSession(signedBy, session)
  const { agent, created } = session
  return socket.call('session.authenticate', { agent, created, sig })
}

/** Operations on sockets: one for each caller. */
export const socket: OpenTransport = async (url) => {
  const open = new Map<Identity | undefined, Promise<Dialled>>()
  const dialled = async (as: Identity | undefined) => {
    const one = await dial(url)
    const answer = as && (await answerChallenge(one, as, { agent: as.did }))
    if (answer?.code) throw new Error(JSON.stringify(answer))
    return one
  }
  return {
    async call(as, method, params) {
      const one = open.get(as) ?? dialled(as)
      open.set(as, one)
      return (await one).call(method, params)
    },
    async [Symbol.asyncDispose]() {
      for (const one of open.values()) await (await one)[Symbol.asyncDispose]()
    },
  }
}
