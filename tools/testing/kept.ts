import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { setImmediate as afterReading } from 'node:timers/promises'
import { type Identity, signRequest } from '@aicq/protocol'

export interface KeptAnswer {
  readonly status: number
  /** What the answer says will become of the connection. */
  readonly connection: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came
  readonly body: any
}

/** A client with one connection, which it keeps open from request to request for as long as the server does. */
export interface Kept extends Disposable {
  /** Errors: those of Node. `ECONNREFUSED`: nothing was sent; any other: the request or its answer was cut off. `sent`: called once the bytes are away. */
  ask(url: string, line: string, options?: { as?: Identity; body?: unknown; sent?: () => void }): Promise<KeptAnswer>
}

export function kept(): Kept {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    async ask(url, line, { as, body, sent = () => {} } = {}) {
      const [method = '', path = ''] = line.split(' ')
      const bytes = body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body))
      const signed = as ? await signRequest(as, { method, url: url + path, body: bytes }) : {}
      // a connection that the server has closed since is not used again
      await afterReading()
      const headers = { ...(bytes ? { 'content-type': 'application/json', 'content-length': bytes.length } : {}) }
      const asking = request(url + path, { agent, method, headers: { ...headers, ...signed } })
      asking.once('finish', sent).end(bytes)
      const [reply] = (await once(asking, 'response')) as [IncomingMessage]
      const chunks: Buffer[] = []
      for await (const chunk of reply) chunks.push(chunk)
      const text = Buffer.concat(chunks).toString()
      return { status: reply.statusCode!, connection: reply.headers.connection, body: JSON.parse(text) }
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}
