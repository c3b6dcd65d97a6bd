import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { PassThrough, pipeline, Transform } from 'node:stream'

/** What becomes of one request: it does not arrive, or its answer is passed on as it is, changed, lost on the way, or cut off after so many bytes. */
export type Fate =
  | { readonly kind: 'cut'; readonly after: number }
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
  /** Breaks every connection that is open. */
  cut(): void
  /** Answers that were cut off after so many bytes. */
  readonly cuts: number
  /** Sockets and streams that are open. */
  readonly open: number
}

/** Passes on so many bytes, and ends there: what was passed on arrives. */
function cutter(after: number, told: () => void): Transform {
  let left = after
  return new Transform({
    transform(chunk: Buffer, _, done) {
      if (left <= 0) return done()
      this.push(chunk.subarray(0, left))
      left -= chunk.length
      if (left <= 0) {
        told()
        this.push(null)
      }
      done()
    },
  })
}

/** A network between a client and a server, on which answers are lost or changed. */
export async function startProxy(): Promise<Proxy> {
  let cuts = 0
  const streams = new Set<object>()
  const ending = (what: Fate) => (what.kind === 'cut' ? cutter(what.after, () => cuts++) : new PassThrough())
  const proxy = createServer((incoming, outgoing) => {
    const what = made.fate(`${incoming.method} ${incoming.url}`)
    if (what.kind === 'drop') return void incoming.socket.destroy()
    const onwards = request(new URL(incoming.url!, made.target), {
      method: incoming.method!,
      headers: incoming.headers,
    })
    outgoing.on('close', () => onwards.destroy())
    onwards.on('response', async (reply) => {
      if (what.kind === 'pass' || what.kind === 'cut') {
        outgoing.writeHead(reply.statusCode!, reply.headers).flushHeaders()
        if (reply.headers['content-type']?.startsWith('text/event-stream')) streams.add(outgoing)
        return void pipeline(reply, ending(what), outgoing, () => streams.delete(outgoing))
      }
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
  const tunnels = new Set<{ destroy(): void }>()
  proxy.on('upgrade', ({ method, url, rawHeaders }, socket, head) => {
    const what = made.fate(`${method} ${url}`)
    if (what.kind !== 'pass' && what.kind !== 'cut') return void socket.destroy()
    const headers = rawHeaders.map((part, at) => part + (at % 2 === 0 ? ': ' : '\r\n')).join('')
    const { port, hostname } = new URL(made.target)
    const onwards = connect(Number(port), hostname)
    onwards.write(`${method} ${url} HTTP/1.1\r\n${headers}\r\n`)
    onwards.write(head)
    for (const end of [socket, onwards]) tunnels.add(end)
    pipeline(socket, onwards, ending(what), socket, () => {
      for (const end of [socket, onwards]) tunnels.delete(end.destroy())
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const made: Proxy = {
    target: '',
    fate: () => ({ kind: 'pass' }),
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    cut() {
      proxy.closeAllConnections()
      for (const end of tunnels) end.destroy()
    },
    get cuts() {
      return cuts
    },
    get open() {
      return streams.size + tunnels.size / 2
    },
    async [Symbol.asyncDispose]() {
      made.cut()
      proxy.close()
      await once(proxy, 'close')
    },
  }
  return made
}
