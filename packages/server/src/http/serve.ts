import { Readable } from 'node:stream'
import {
  Alternative,
  type ErrorCode,
  errors,
  type Input,
  jsonLines,
  type Operation,
  ProtocolError,
  parseStrictJson,
  type Reply,
  sizes,
} from '@aicq/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Origin } from '../origin.ts'
import type { openAdmission, Visit } from './admit.ts'
import { type Caller, type CallerOf, claimedIn, type Identification, identify } from './caller.ts'
import { goingAway } from './headers.ts'
import { inputReader } from './input.ts'
import { writerOf } from './output.ts'
import { type Received, receive } from './received.ts'
import { rowsOf } from './rows.ts'
import { within } from './within.ts'

export type { Caller, CallerOf, CallingAgent } from './caller.ts'

/** Binds an operation to the function that does it. Nothing of HTTP is known beyond this point. */
export type Serve = <O extends Operation>(
  op: O,
  run: (caller: CallerOf<O> & Counted, input: Input<O>) => Promise<Answer<O>>,
) => void

/** Where an operation gives lines, they come as they are made; the time limit ends with the first moment. */
type Answer<O extends Operation> = O extends { lines: true } ? AsyncIterable<string> : Reply<O> | Alternative<Reply<O>>

/** How the call is counted: what weighs bytes is counted by its feature, all else before the feature is called. */
interface Counted {
  readonly visit: Visit
}

type Run = (caller: CallerOf<Operation> & Counted, input: never) => Promise<unknown>

export interface ServeOptions {
  readonly identification: Identification
  readonly admission: ReturnType<typeof openAdmission>
  /** When v0 ends (ms), if it does. */
  readonly v0Sunset: number | undefined
  /** Milliseconds that an answer may take. */
  readonly handlerTimeout: number
  /** Told why a request was refused, of whom it came or claimed to come, and from where. */
  refused(code: ErrorCode, agent: string | undefined, from: string | undefined): void
}

/** Serves operations over HTTP: each below `/v1` and without the prefix, where v0 keeps its own wire (spec/operations.md). */
export function serveOn(app: FastifyInstance, options: ServeOptions): Serve {
  return (op, run) => {
    bind(app, op, run as Run, false, `/v1${op.path}`, options)
    bind(app, op, run as Run, op.v0 !== undefined, op.path, options)
  }
}

function bind(app: FastifyInstance, op: Operation, run: Run, v0: boolean, path: string, options: ServeOptions): void {
  const read = inputReader(op, v0)
  const write = writerOf((v0 && op.v0?.output) || op.output, v0 ? op.v0?.project : undefined)
  const notice = v0 && options.v0Sunset !== undefined ? goingAway(options.v0Sunset) : undefined
  const visitOf = options.admission(op)
  const answer = async (
    received: Received,
    { params, query }: FastifyRequest,
    visit: Visit,
    by: { agent?: string },
  ) => {
    if (op.limit) await visit.enter()
    if (received.body.length > 0) received.json = readBody(received)
    const known = op.limit ? withRoomKey(await identify(received, op, v0, options.identification), op, received) : {}
    if (known.agent) by.agent = known.agent.id
    const caller = withOrigin(known, { address: visit.from, request: received.id })
    const giveBack = caller.agent && !op.limit?.bytes ? await visit.admit(caller.agent.id) : undefined
    const input = read({ params: params as never, query: query as never, json: received.json })
    const result = run({ ...caller, visit } as Caller & Counted, input as never)
    return result.catch(async (error) => {
      // whoever repeats another's request does not use up the other's limit
      if (giveBack && error instanceof ProtocolError && error.code === 'nonce_used') await giveBack()
      return v0 ? tellOnV0(error) : Promise.reject(error)
    })
  }
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
      const visit = visitOf(request.raw.socket.remoteAddress ?? '', request.headers as Received['headers'])
      const received = receive(request)
      const by: { agent?: string } = {}
      let result: unknown
      try {
        result = await within(options.handlerTimeout, answer(received, request, visit, by))
      } catch (cause) {
        if (cause instanceof ProtocolError)
          options.refused(codeOf(cause), by.agent ?? claimedIn(received.headers), visit.from)
        throw cause
      } finally {
        reply.headers(visit.headers())
      }
      const rows = rowsOf(op, received, result)
      if (!rows) return send(reply, op, result, write)
      if (rows.link) reply.header('link', rows.link)
      return reply.type(rows.type).send(rows.body)
    },
  })
}

function withRoomKey(caller: Caller, { takesRoomKey }: Operation, { headers }: Received): Caller {
  const roomKey = takesRoomKey && headers['x-aicq-room-key']
  return roomKey ? { ...caller, roomKey } : caller
}

/** What the audit says of a write, its writer carries along. */
function withOrigin(caller: Caller, origin: Origin): Caller {
  if (caller.agent) return { ...caller, agent: { ...caller.agent, origin }, origin }
  return { ...caller, origin }
}

/** Why it was refused, which the paths of v0 tell and those of v1 may not. */
const codeOf = ({ code, onV0 }: ProtocolError): ErrorCode => onV0 ?? code

/** The paths of v0 tell a private room from a missing one. */
function tellOnV0(cause: unknown): never {
  if (!(cause instanceof ProtocolError) || !cause.onV0) throw cause
  throw new ProtocolError(cause.onV0, errors[cause.onV0].means)
}

function readBody({ headers, body }: Received): Record<string, unknown> {
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? ''))
    throw new ProtocolError('unsupported_media_type', 'Content-Type must be application/json')
  const json = parseStrictJson(body)
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new ProtocolError('invalid_request', 'the body must be a JSON object')
  return json as Record<string, unknown>
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
