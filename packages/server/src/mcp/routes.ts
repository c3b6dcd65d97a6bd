import { agents, errors, ProtocolError, parseStrictJson, sizes } from '@aicq/protocol'
import type { openAdmission } from '../http/admit.ts'
import { type Identification, identifyAs } from '../http/caller.ts'
import type { By } from '../http/calls.ts'
import type { ServeWeb, WebRequest } from '../http/web.ts'
import { readTraceparent } from '../tracing.ts'
import { type Bearer, type BearerOptions, whoBears } from './bearer.ts'
import { checkNames } from './checks.ts'
import type { DoorOptions } from './door.ts'
import { isPrivate, type PrivateOptions } from './private.ts'

export interface McpOptions extends BearerOptions, Omit<DoorOptions, 'now'>, PrivateOptions {
  readonly admission: ReturnType<typeof openAdmission>
  readonly identification: Identification
  readonly allowedOrigins: readonly string[]
  readonly version: string
  /** Tells the operator of what failed by no fault of a caller. */
  failed(cause: unknown): void
}

const nothing = async () => {}

/** Serves MCP by Streamable HTTP at `/mcp` (docs/mcp.md). The library that speaks it is loaded by the first request. */
export function serveMcp(serveWeb: ServeWeb, options: McpOptions): void {
  const { identification } = options
  serveWeb('/mcp', sizes.requestBytesRpc, async (request) => {
    const { received } = request
    try {
      checkNames(received, { ...options, ...identification })
      const bearer = await enter(request, options)
      const body = readBody(request)
      const { answer } = await import('./answer.ts')
      return await answer(request, body, byOf(request, bearer, options), bearer?.identity, options)
    } catch (cause) {
      return refused(cause, received.id, options)
    }
  })
}

/** Counts the request against its address, and finds out who sent it. What it then calls counts by itself. */
function enter({ received, socket }: WebRequest, options: McpOptions): Promise<Bearer | undefined> {
  const { calls, admission } = options
  const { headers, id } = received
  const by = {
    request: id,
    socket,
    forwarded: headers['x-forwarded-for'],
    traceparent: readTraceparent(headers.traceparent),
  }
  const op = agents.agentMe
  const visit = { ...admission(op)(socket, by.forwarded, true), admit: async () => nothing }
  let bearer: Bearer | undefined
  const claimed = headers['x-aicq-agent']
  return calls.pass(
    {
      op,
      visit,
      request: id,
      traceparent: by.traceparent,
      async identify() {
        bearer = await whoBears(received, isPrivate(received, socket, options), by, options)
        return bearer ? { agent: bearer.agent } : {}
      },
      input: () => ({}),
      claimed: () => bearer?.agent.id ?? claimed,
    },
    async () => bearer,
  )
}

/** How the calls of the request are made: as over a connection on which it is certain who is there. */
function byOf(
  { received, socket, leaving }: WebRequest,
  bearer: Bearer | undefined,
  { identification }: McpOptions,
): By {
  const { headers, id } = received
  const known = bearer ? { agent: bearer.agent } : {}
  return {
    request: id,
    socket,
    forwarded: headers['x-forwarded-for'],
    signed: bearer !== undefined,
    traceparent: readTraceparent(headers.traceparent),
    claimed: () => bearer?.agent.id,
    gone: leaving,
    identify: (op, params) => identifyAs(known, op, params, identification),
  }
}

function readBody({ received }: WebRequest): unknown {
  if (received.body.length === 0) return undefined
  const json = parseStrictJson(received.body)
  if (!Array.isArray(json)) return json
  throw new ProtocolError('invalid_request', 'MCP takes one message in a request, and no batch')
}

/** A request that is refused as a whole: the status that its error has everywhere, and an error of JSON-RPC without an id. */
function refused(cause: unknown, id: string, { calls }: McpOptions): Response {
  const problem = calls.explain(cause, id)
  const code = problem.code === 'invalid_json' ? -32700 : problem.code === 'invalid_request' ? -32600 : -32000
  const { status } = errors[problem.code]
  const wait = problem.retry_after
  return Response.json(
    { jsonrpc: '2.0', id: null, error: { code, message: problem.detail, data: problem } },
    {
      status,
      headers: {
        ...(status === 401 ? { 'www-authenticate': 'Bearer realm="AICQ", error="invalid_token"' } : {}),
        ...(typeof wait === 'number' ? { 'retry-after': String(wait) } : {}),
      },
    },
  )
}
