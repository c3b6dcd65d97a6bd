import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { type Operation, ProtocolError } from '@aicq/protocol'
import type { FastifyInstance } from 'fastify'
import { readTraceparent } from '../tracing.ts'
import type { Turn } from '../turns.ts'
import { isSigned, type Visit } from './admit.ts'
import { rawProblem } from './app.ts'
import { type Caller, claimedIn, identify } from './caller.ts'
import { requestId } from './headers.ts'
import { type Received, receive } from './received.ts'
import type { ServeOptions } from './serve.ts'

/** A request that asks for its connection to become something else (RFC 9110, 7.8), and may have it. */
export interface Upgrade {
  readonly caller: Caller
  readonly visit: Visit
  readonly received: Received
  /** The address of the connection. */
  readonly address: string
  readonly request: IncomingMessage
  readonly socket: Socket
  /** What came behind the request. */
  readonly head: Buffer
}

export interface UpgradeOptions extends ServeOptions {
  readonly app: FastifyInstance
  /** Opens one connection after another. */
  readonly opening: Turn
  /** Told of each reply. */
  answered(method: string, route: string, status: number, seconds: number): void
}

/**
 * Serves an operation that takes over its connection, below `/v1` and without the prefix. `check`: what it asks of a request before
 * anybody is identified. Whatever is refused, is with a problem document, as the same request without an upgrade would be.
 */
export function serveUpgrade(
  { app, calls, identification, admission, opening, answered }: UpgradeOptions,
  op: Operation,
  check: (received: Received) => void,
  take: (upgrade: Upgrade) => void,
): void {
  const paths = [`/v1${op.path}`, op.path]
  const isOurs = ({ url = '', method, headers }: IncomingMessage) =>
    method === op.method && paths.includes(url.split('?')[0]!) && headers.upgrade?.toLowerCase() === 'websocket'
  for (const url of paths)
    app.route({
      method: op.method,
      url,
      exposeHeadRoute: false,
      handler: async (_request, reply) => {
        reply.headers({ upgrade: 'websocket', connection: 'Upgrade' })
        throw new ProtocolError('upgrade_required', 'send Connection: Upgrade and Upgrade: websocket (RFC 6455)')
      },
    })
  // who offers to speak another protocol, h2c say, is answered in this one
  Object.assign(app.server, { shouldUpgradeCallback: isOurs })

  const visitOf = admission(op)
  app.server.on('upgrade', async (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const began = performance.now()
    const told = (status: number) => answered(op.method, paths[0]!, status, (performance.now() - began) / 1000)
    const drop = () => socket.destroy()
    socket.on('error', drop)
    const id = requestId(request)
    const received = receive({ id, raw: request, method: op.method, headers: request.headers, body: undefined })
    const { headers } = received
    const address = socket.remoteAddress ?? ''
    const visit = visitOf(address, headers['x-forwarded-for'], isSigned(headers))
    const open = async () => {
      if (!isOurs(request)) throw new ProtocolError('invalid_request', 'leave Upgrade out: nothing is upgraded here')
      const caller = await calls.pass<Caller>(
        {
          op,
          visit,
          request: id,
          traceparent: readTraceparent(headers.traceparent),
          async identify() {
            wellFormed(headers)
            check(received)
            return identify(received, op, false, identification)
          },
          input: () => ({}),
          claimed: () => claimedIn(headers),
        },
        async (caller) => caller,
      )
      if (!socket.readable) throw new ProtocolError('invalid_request', 'nothing more can come on this connection')
      socket.off('error', drop)
      take({ caller, visit, received, address, request, socket, head })
      told(101)
    }
    await opening(open).catch((cause) => {
      const problem = calls.explain(cause, id)
      socket.once('finish', drop).end(rawProblem(problem, visit.headers()))
      told(problem.status)
    })
  })
}

function wellFormed(headers: Received['headers']): void {
  if (headers.host === undefined)
    throw new ProtocolError('invalid_request', 'the header Host is missing (RFC 9112, 3.2)')
  if (Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'] !== undefined)
    throw new ProtocolError('invalid_request', 'GET takes no body')
}
