import { Readable } from 'node:stream'
import { Alternative, errors, jsonLines, type Operation, ProtocolError, parseStrictJson, sizes } from '@aicq/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { readTraceparent } from '../tracing.ts'
import { isSigned, type openAdmission, type Visit } from './admit.ts'
import { type Caller, claimedIn, type Identification, identify } from './caller.ts'
import { type Arriving, type Calls, type Run, readRoomKeys, type Serve } from './calls.ts'
import { goingAway } from './headers.ts'
import { type InputReader, inputReader } from './input.ts'
import { writerOf } from './output.ts'
import { type Received, receive } from './received.ts'
import { rowsOf } from './rows.ts'

export type { Serve } from './calls.ts'

export interface ServeOptions {
  readonly calls: Calls
  readonly identification: Identification
  readonly admission: ReturnType<typeof openAdmission>
  /** When v0 ends (ms), if it does. */
  readonly v0Sunset: number | undefined
}

/**
 * Lets a request of an operation in, as if it were served here, and has `run` done: for routes that write their replies by themselves.
 * Errors are left to the server's error handler.
 */
export type Gate = <T>(request: FastifyRequest, reply: FastifyReply, run: Run<T>) => Promise<T>

/** Serves operations over HTTP: each below `/v1` and without the prefix, where v0 keeps its own wire (spec/operations.md). */
export function serveOn(app: FastifyInstance, options: ServeOptions): Serve {
  return (op, run) => {
    if ('stream' in op) throw new Error(`${op.name} streams: its transports bind it by themselves`)
    const read = options.calls.add(op, run as Run)
    bind(app, op, run as Run, false, `/v1${op.path}`, read, options)
    bind(app, op, run as Run, op.v0 !== undefined, op.path, op.v0 ? inputReader(op, true) : read, options)
  }
}

/** The gate of an operation below `/v1`. */
export function gateOf(op: Operation, options: ServeOptions): Gate {
  const enter = gate(op, false, inputReader(op, false), options)
  return async (request, reply, run) => {
    const { visit, received } = enter.look(request)
    try {
      return await enter.pass(request, received, visit, run)
    } finally {
      reply.headers(visit.headers())
    }
  }
}

function gate(op: Operation, v0: boolean, read: InputReader, { calls, identification, admission }: ServeOptions) {
  const visitOf = admission(op)
  return {
    look(request: FastifyRequest) {
      const received = receive(request)
      const { headers } = received
      const visit = visitOf(request.raw.socket.remoteAddress ?? '', headers['x-forwarded-for'], isSigned(headers))
      return { visit, received }
    },
    pass<T>({ params, query }: FastifyRequest, received: Received, visit: Visit, run: Run<T>): Promise<T> {
      const arriving: Arriving = {
        op,
        visit,
        request: received.id,
        traceparent: readTraceparent(received.headers.traceparent),
        traced: (traceparent) => {
          received.traceparent = traceparent
        },
        identify() {
          if (received.body.length > 0) received.json = readBody(received)
          return op.limit ? withRoomKeys(identify(received, op, v0, identification), op, received) : nobody
        },
        input: () => read.parts({ params: params as never, query: query as never, json: received.json }),
        claimed: () => claimedIn(received.headers),
      }
      return calls.pass(arriving, run)
    },
  }
}

function bind(
  app: FastifyInstance,
  op: Operation,
  run: Run,
  v0: boolean,
  path: string,
  read: InputReader,
  options: ServeOptions,
): void {
  const write = writerOf((v0 && op.v0?.output) || op.output, v0 ? op.v0?.project : undefined)
  const notice = v0 && options.v0Sunset !== undefined ? goingAway(options.v0Sunset) : undefined
  const enter = gate(op, v0, read, options)
  app.route({
    method: op.method,
    url: path.replaceAll(/\{(\w+)\}/g, ':$1'),
    bodyLimit:
      (v0 ? op.v0?.requestBytes : op.requestBytes) ??
      (path.startsWith('/v1/') ? sizes.requestBytesV1 : sizes.requestBytesV0),
    onRequest: async (_request, reply) => {
      if (notice) reply.headers(notice)
    },
    handler: async (request, reply) => {
      const { visit, received } = enter.look(request)
      let result: unknown
      try {
        result = await enter.pass(request, received, visit, run)
      } catch (cause) {
        throw v0 ? asOnV0(cause) : cause
      } finally {
        reply.headers(visit.headers())
        if (received.traceparent) reply.header('traceparent', received.traceparent)
      }
      const rows = rowsOf(op, received, result)
      if (!rows) return send(reply, op, result, write)
      if (rows.link) reply.header('link', rows.link)
      return reply.type(rows.type).send(rows.body)
    },
  })
}

const nobody = Promise.resolve({})

function withRoomKeys(caller: Promise<Caller>, op: Operation, { headers }: Received): Promise<Caller> {
  const roomKey = op.takesRoomKey && headers['x-aicq-room-key']
  if (roomKey) return caller.then((known) => ({ ...known, roomKey }))
  const keys = op.takesRoomKeys && headers['x-aicq-room-keys']
  if (!keys) return caller
  return caller.then((known) => ({ ...known, roomKeys: readRoomKeys(parseStrictJson(Buffer.from(keys, 'latin1'))) }))
}

/** The paths of v0 tell a private room from a missing one. */
function asOnV0(cause: unknown): unknown {
  if (!(cause instanceof ProtocolError) || !cause.onV0) return cause
  return new ProtocolError(cause.onV0, errors[cause.onV0].means)
}

function readBody(received: Received): Record<string, unknown> {
  requireJson(received.headers)
  const json = parseStrictJson(received.body)
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new ProtocolError('invalid_request', 'the body must be a JSON object')
  return json as Record<string, unknown>
}

/** Errors: `unsupported_media_type`. */
export function requireJson(headers: Received['headers']): void {
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? ''))
    throw new ProtocolError('unsupported_media_type', 'Content-Type must be application/json')
}

function send(reply: FastifyReply, op: Operation, result: unknown, write: (value: unknown) => string): FastifyReply {
  const other = result instanceof Alternative
  reply.code(other ? op.alternative! : op.status)
  if (!op.output) return reply.send()
  // only as fast as the caller reads; what fails on the way breaks the connection off
  if (op.lines) return reply.type(jsonLines).send(Readable.from(result as AsyncIterable<string>))
  return reply.type('application/json; charset=utf-8').send(write(other ? result.reply : result))
}

/** The body is read as bytes, whatever it calls itself: signatures are over bytes, and the binding judges the rest. */
export function takeBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', async (request: FastifyRequest) => {
    const { headers, method } = request
    if (headers['content-encoding'] !== undefined)
      throw new ProtocolError('unsupported_media_type', 'a compressed body is not taken: leave Content-Encoding out')
    if (
      (method === 'GET' || method === 'HEAD') &&
      (Number(headers['content-length'] ?? 0) > 0 || headers['transfer-encoding'])
    )
      throw new ProtocolError('invalid_request', `${method} takes no body`)
  })
}
