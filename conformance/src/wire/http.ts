import { Agent as Connections, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { request as requestSafely, Agent as SafeConnections } from 'node:https'
import type { Agent } from './keys.ts'
import { type SignatureOptions, signRequest, signV0 } from './request-signature.ts'

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: a check reads whatever came
  readonly body: any
  readonly text: string
  readonly headers: IncomingHttpHeaders
}

export interface Sending extends SignatureOptions {
  /** Sent as JSON; a text or bytes as they are. */
  readonly body?: unknown
  /** `undefined` takes a header away. */
  readonly headers?: Readonly<Record<string, string | undefined>>
  /** Who signs. */
  readonly as?: Agent
  /** The scheme; none where nobody signs. */
  readonly signing?: 'rfc9421' | 'v0'
  /** Sent instead of the body that was signed. */
  readonly instead?: string
  readonly signal?: AbortSignal
}

const connections = { keepAlive: true, maxSockets: 32 }
const plain = new Connections(connections)
const safe = new SafeConnections(connections)

/** How long an answer may take, in milliseconds; a sync may wait for up to 30 s. */
const patience = 35_000

const mostBytes = 64 * 1024 * 1024

/** Sends one request, written as `POST /v1/room/global`: bytes and headers, and no client in between. Ends with the headers. */
export async function open(url: string, line: string, options: Sending = {}): Promise<IncomingMessage> {
  const [method = 'GET', target = '/'] = line.split(' ')
  const base = new URL(url)
  const body = bytesOf(options.body)
  const { as, signing = 'rfc9421' } = options
  const authority = options.headers?.Host ?? base.host
  const signed = !as
    ? {}
    : signing === 'v0'
      ? signV0(as, body, options)
      : signRequest(as, { method, authority, target, body }, options)
  const sent = options.instead === undefined ? body : Buffer.from(options.instead)
  const headers = Object.entries({
    ...(sent ? { 'Content-Type': 'application/json', 'Content-Length': String(sent.length) } : {}),
    ...signed,
    ...options.headers,
  }).filter((header): header is [string, string] => header[1] !== undefined)
  const isSafe = base.protocol === 'https:'
  const exchange = (agent: Connections | undefined): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const outgoing = (isSafe ? requestSafely : request)(
        {
          method,
          host: base.hostname.replace(/^\[|\]$/g, ''),
          port: base.port || (isSafe ? 443 : 80),
          path: target,
          headers: Object.fromEntries(headers),
          agent: agent ?? false,
          timeout: patience,
          ...(options.signal ? { signal: options.signal } : {}),
        },
        resolve,
      )
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer to ${line} within ${patience / 1000} s`)))
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // a server may close a connection that nobody uses at the very moment in which somebody does
        if (agent && outgoing.reusedSocket && error.code === 'ECONNRESET') resolve(exchange(undefined))
        else reject(error)
      })
      outgoing.end(sent)
    })
  return exchange(isSafe ? safe : plain)
}

/** Sends one request, and reads the whole answer. */
export async function send(url: string, line: string, options: Sending = {}): Promise<Answer> {
  const reply = await open(url, line, options)
  const text = await textOf(reply)
  const isJson = /json$/.test(reply.headers['content-type']?.split(';')[0] ?? '')
  return { status: reply.statusCode!, body: isJson ? parsed(text) : text, text, headers: reply.headers }
}

function bytesOf(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined
  if (body instanceof Uint8Array) return Buffer.from(body)
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

/** A whole body, which has an end in any server that can be judged. */
export async function textOf(reply: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of reply) {
    chunks.push(chunk)
    size += chunk.length
    if (size > mostBytes) throw new Error(`a body of more than ${mostBytes} bytes`)
  }
  return Buffer.concat(chunks).toString()
}

/** The value of a JSON text, or what is none as it is. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
