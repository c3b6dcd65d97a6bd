import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { PassThrough, pipeline } from 'node:stream'
import { eventFrames, socketFrames } from './frames.ts'

/** What a client asked. */
export interface Asked {
  /** Such as `POST /v1/room/global`, with its query. */
  readonly line: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** What the server answered, or a fault would have it answer. */
export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** How a server would break a rule: whatever a fault leaves out is as it should be. */
export interface Fault {
  /** The request that goes on instead. */
  ask?(asked: Asked): Asked
  /** The answer that goes back instead. Streams are not passed here. */
  answer?(answered: Answered, asked: Asked): Answered
  /** A frame of a stream as it goes on, with its empty line; nothing: it is dropped. `asked`: the request that opened the stream. */
  frame?(frame: string, asked: Asked): string
  /** The texts that go on instead of one that the server sent on a socket. `connection`: the same for all of one socket. */
  message?(text: string, connection: object): string[]
  /** The headers with which a socket is opened instead, names in lower case. */
  upgrade?(headers: IncomingHttpHeaders): IncomingHttpHeaders
}

export interface BrokenServer extends AsyncDisposable {
  readonly url: string
  /** Where requests go: known once the server that is named after its proxies has started. */
  target: string
}

/** A server that breaks one rule: a proxy before one that breaks none. */
export async function startBroken(fault: Fault): Promise<BrokenServer> {
  const tunnels = new Set<{ destroy(): void }>()
  const server = createServer((incoming, outgoing) => {
    pass(made.target, fault, incoming, outgoing).catch(() => outgoing.destroy())
  })
  server.on('upgrade', ({ method, url, headers: sent }, socket, head) => {
    const { hostname, port } = new URL(made.target)
    const onwards = connect(Number(port), hostname)
    const headers = Object.entries(fault.upgrade?.(sent) ?? sent)
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')
    onwards.write(`${method} ${url} HTTP/1.1\r\n${headers}\r\n`)
    onwards.write(head)
    for (const end of [socket, onwards]) tunnels.add(end)
    const changed = fault.message ? socketFrames((text) => fault.message!(text, socket)) : new PassThrough()
    pipeline(socket, onwards, changed, socket, () => {
      for (const end of [socket, onwards]) tunnels.delete(end.destroy())
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const made: BrokenServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target: '',
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      for (const end of tunnels) end.destroy()
      await once(server, 'close')
    },
  }
  return made
}

async function pass(target: string, fault: Fault, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const received = {
    line: `${incoming.method} ${incoming.url}`,
    headers: incoming.headers,
    body: await bytesOf(incoming),
  }
  const asked = fault.ask?.(received) ?? received
  const reply = await begin(target, asked, (abort) => outgoing.on('close', abort))
  if (reply.headers['content-type']?.startsWith('text/event-stream')) {
    outgoing.writeHead(reply.statusCode!, reply.headers).flushHeaders()
    return void pipeline(
      reply,
      eventFrames((frame) => fault.frame?.(frame, asked) ?? frame),
      outgoing,
      () => {},
    )
  }
  const answered = { status: reply.statusCode!, headers: reply.headers, text: String(await bytesOf(reply)) }
  const { status, headers, text } = fault.answer?.(answered, asked) ?? answered
  const { 'content-length': _, 'transfer-encoding': __, ...kept } = headers
  outgoing.writeHead(status, kept).end(status === 204 ? undefined : text)
}

/** Sends a request onwards as it came, `Host` included: the server takes it for its own. */
async function begin(target: string, { line, headers, body }: Asked, closing: (abort: () => void) => void) {
  const [method, path] = line.split(' ') as [string, string]
  const { hostname, port } = new URL(target)
  const { 'transfer-encoding': _, ...kept } = headers
  // a connection of its own: one that the server is about to close would break a rule that no fault names
  const onwards = request({ hostname, port, method, path, headers: { ...kept, connection: 'close' }, agent: false })
  closing(() => onwards.destroy())
  onwards.end(body)
  const [reply] = (await once(onwards, 'response')) as [IncomingMessage]
  return reply
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
