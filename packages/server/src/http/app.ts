import { ProtocolError } from '@aicq/protocol'
import Fastify, { type FastifyInstance, LogController } from 'fastify'
import type { Logger } from 'pino'
import { everywhere, preflight, requestId } from './headers.ts'
import { asProtocolError, explain, type Problem, problemOf } from './problems.ts'
import { takeBytes } from './serve.ts'

export interface AppOptions {
  readonly log: Logger
  /** Milliseconds. */
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly idleTimeout: number
  /** Told of each reply: `route` is the pattern that answered, or `none`. */
  readonly answered: (method: string, route: string, status: number, seconds: number) => void
}

/** The HTTP server before it has routes: time limits, headers of every reply, and errors as problem documents. */
export function openApp(options: AppOptions): FastifyInstance {
  const { log } = options
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: requestId,
    requestTimeout: options.requestTimeout,
    keepAliveTimeout: options.idleTimeout,
    connectionTimeout: options.idleTimeout,
    http: {
      // both at once: Node compares them, with its own default if one is left out
      requestTimeout: options.requestTimeout,
      headersTimeout: Math.min(options.headersTimeout, options.requestTimeout),
      connectionsCheckingInterval: 1_000,
      requireHostHeader: false,
    },
    return503OnClosing: false,
    routerOptions: { maxParamLength: 200 },
    clientErrorHandler: (error, socket) => {
      if (!socket.writable) return
      const code = error.code === 'HPE_HEADER_OVERFLOW' ? 'request_too_large' : 'invalid_request'
      const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      const detail = late
        ? 'the request took too long to arrive'
        : 'this is not an HTTP request that the server can read'
      socket.end(rawProblem(problemOf(new ProtocolError(code, detail), crypto.randomUUID())))
    },
    frameworkErrors: (error, request, reply) => {
      const problem = problemOf(asProtocolError(error), request.id)
      const body = Buffer.from(JSON.stringify(problem))
      reply.hijack()
      reply.raw.writeHead(problem.status, headersOf(request.id, body.length)).end(body)
    },
  }) as unknown as FastifyInstance
  // whoever has said all and closes its side still gets its answer
  Object.assign(app.server, { httpAllowHalfOpen: true })
  app.server.on('checkExpectation', (request, response) => {
    const id = requestId(request)
    const problem = problemOf(new ProtocolError('invalid_request', 'Expect may be 100-continue, or left out'), id)
    const body = Buffer.from(JSON.stringify(problem))
    response.writeHead(problem.status, { ...headersOf(id, body.length), connection: 'close' }).end(body)
  })
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(everywhere).header('x-request-id', request.id)
    // Node would refuse it too, without a word
    if (request.headers.host === undefined)
      throw new ProtocolError('invalid_request', 'the header Host is missing (RFC 9112, 3.2)')
  })
  takeBytes(app)
  app.options('*', async (_request, reply) => reply.code(204).headers(preflight).send())
  app.setNotFoundHandler(async (request) => {
    throw new ProtocolError(
      'not_found',
      `nothing answers ${request.method} ${request.url.split('?')[0]!.slice(0, 200)}`,
    )
  })
  app.setErrorHandler(async (cause, request, reply) => {
    const problem = explain(cause, request.id, request.log)
    // as bytes: Fastify would add a charset to a text, which this media type does not have (RFC 9457)
    return reply
      .code(problem.status)
      .type(problemType)
      .send(Buffer.from(JSON.stringify(problem)))
  })
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    options.answered(request.method, route, reply.statusCode, reply.elapsedTime / 1000)
    request.log.debug(
      { method: request.method, route, status: reply.statusCode, ms: Math.round(reply.elapsedTime) },
      'answered',
    )
  })
  return app
}

const problemType = 'application/problem+json'

const headersOf = (requestId: string, length: number) => ({
  ...everywhere,
  'x-request-id': requestId,
  'content-type': problemType,
  'content-length': length,
})

/** A whole reply for a connection on which Fastify answers nothing; it is the last. */
export function rawProblem(problem: Problem, more: Readonly<Record<string, string | number>> = {}): string {
  const body = JSON.stringify(problem)
  const headers = { ...headersOf(problem.request_id, Buffer.byteLength(body)), ...more }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${problem.status} Refused\r\nconnection: close\r\n${lines.join('')}\r\n${body}`
}
