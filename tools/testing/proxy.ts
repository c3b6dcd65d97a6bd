import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What becomes of one request: it does not arrive, or its answer is passed on as it is, changed, or lost on the way. */
export type Fate =
  | { readonly kind: 'drop' }
  | { readonly kind: 'pass' }
  | { readonly kind: 'lose' }
  | { readonly kind: 'change'; change(text: string): string }

export interface Proxy extends AsyncDisposable {
  readonly url: string
  /** Where requests go: known once the server that is named after this proxy has started. */
  target: string
  /** What happens to the next request, such as `GET /v1/me`. */
  fate: (line: string) => Fate
}

/** A network between a client and a server, on which answers are lost or changed. */
export async function startProxy(): Promise<Proxy> {
  const proxy = createServer((incoming, outgoing) => {
    const what = made.fate(`${incoming.method} ${incoming.url}`)
    if (what.kind === 'drop') return void incoming.socket.destroy()
    const onwards = request(new URL(incoming.url!, made.target), {
      method: incoming.method!,
      headers: incoming.headers,
    })
    onwards.on('response', async (reply) => {
      const chunks: Buffer[] = []
      for await (const chunk of reply) chunks.push(chunk)
      if (what.kind === 'lose') return incoming.socket.destroy()
      const text = Buffer.concat(chunks).toString()
      const body = what.kind === 'change' ? what.change(text) : text
      const { 'content-length': _, 'transfer-encoding': __, ...headers } = reply.headers
      outgoing.writeHead(reply.statusCode!, headers).end(body)
    })
    onwards.on('error', () => incoming.socket.destroy())
    incoming.pipe(onwards)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const made: Proxy = {
    target: '',
    fate: () => ({ kind: 'pass' }),
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections()
      proxy.close()
      await once(proxy, 'close')
    },
  }
  return made
}
