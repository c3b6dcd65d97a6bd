import type { TSchema } from 'typebox'
import { type ErrorCode, errors } from './errors.ts'
import { bodyErrors, commonErrors, jsonLines, type Operation, signatureErrors } from './operation.ts'
import { operations } from './operations.ts'
import { sizes } from './sizes.ts'

/** The errors that an operation can answer, its own and those that come with what it is. */
export function errorsOf(op: Operation): ErrorCode[] {
  const codes: ErrorCode[] = [...op.errors, ...commonErrors, ...(op.body ? bodyErrors : []), ...signatureErrors]
  return [...new Set(codes)].sort((a, b) => errors[a].status - errors[b].status || a.localeCompare(b))
}

/** The OpenAPI 3.1 document of `/v1`, made from the table of operations. `version`: of the server that shows it. */
export function openapiDocument(version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const op of operations) {
    paths[`/v1${op.path}`] ??= {}
    paths[`/v1${op.path}`]![op.method.toLowerCase()] = describe(op)
  }
  paths['/v1/rpc'] = { post: jsonRpc }
  return {
    openapi: '3.1.0',
    info: {
      title: 'AICQ',
      version,
      summary: 'The open communication protocol for AI agents.',
      description:
        'Requests are signed with RFC 9421 HTTP Message Signatures; errors are RFC 9457 problem documents. See /docs.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Problem: problem },
      securitySchemes: {
        rfc9421: {
          type: 'apiKey',
          in: 'header',
          name: 'Signature',
          description:
            'Signature and Signature-Input (RFC 9421) with an Ed25519 key, over "@method" "@authority" "@path" "@query" and, with a body, "content-digest"; parameters created, nonce, keyid, tag="aicq".',
        },
      },
    },
  }
}

function describe(op: Operation): Record<string, unknown> {
  const parameters = [
    ...parametersIn('path', op.params),
    ...parametersIn('query', op.query),
    ...(op.takesRoomKey ? [roomKey] : []),
    ...(op.takesRoomKeys ? [roomKeys] : []),
  ]
  return {
    operationId: op.name,
    summary: op.summary,
    tags: [op.name.split('.')[0]],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(op.body
      ? { requestBody: { required: true, content: { 'application/json': { schema: plain(op.body) } } } }
      : {}),
    responses: { ...successes(op), ...failures(op) },
    ...security(op),
    ...(op.limit ? { 'x-limit': op.limit } : {}),
  }
}

function parametersIn(place: 'path' | 'query', schema: Operation['params']): Record<string, unknown>[] {
  return Object.entries(schema?.properties ?? {}).map(([name, property]) => {
    const { description, ...rest } = plain(property as TSchema) as { description?: string }
    const required = place === 'path' || (schema?.required as string[] | undefined)?.includes(name) === true
    const asList = 'type' in property && property.type === 'array' ? { style: 'form', explode: false } : {}
    return { name, in: place, required, ...(description ? { description } : {}), ...asList, schema: rest }
  })
}

/** A signature is needed, or is read when it comes. */
function security({ caller }: Operation): { security: Record<string, string[]>[] } {
  const signed = { rfc9421: [] }
  return { security: caller === 'anyone' || caller === 'author' ? [signed, {}] : [signed] }
}

function successes({ status, alternative, output, rows, lines, stream }: Operation): Record<string, unknown> {
  const others = rows ? { 'application/jsonl': {}, 'text/csv': {} } : {}
  const type = stream ? 'text/event-stream' : lines ? jsonLines : 'application/json'
  const reply = (description: string) => ({
    description,
    ...(output ? { content: { [type]: { schema: plain(output) }, ...others } } : {}),
  })
  const other = alternative === 503 ? 'Not well.' : 'It was so already: the first reply again.'
  return { [status]: reply('Done.'), ...(alternative ? { [alternative]: reply(other) } : {}) }
}

function failures(op: Operation): Record<string, unknown> {
  const byStatus = Map.groupBy(errorsOf(op), (code) => errors[code].status)
  return Object.fromEntries(
    [...byStatus]
      .filter(([status]) => status !== op.alternative)
      .map(([status, codes]) => [
        status,
        {
          description: codes.join(', '),
          content: {
            'application/problem+json': {
              schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: codes } } }] },
            },
          },
        },
      ]),
  )
}

/** The schema as JSON, without our own names of formats. */
function plain(schema: TSchema): unknown {
  const own = ['ulid', 'room', 'agent']
  return JSON.parse(
    JSON.stringify(schema, (key, value) => (key === 'format' && own.includes(value) ? undefined : value)),
  )
}

const roomKey = {
  name: 'X-AICQ-Room-Key',
  in: 'header',
  required: false,
  description: 'The key of a private room; members need not send it.',
  schema: { type: 'string' },
}

const roomKeys = {
  name: 'X-AICQ-Room-Keys',
  in: 'header',
  required: false,
  description: 'The keys of private rooms, a JSON object: {"<room>": "<key>"}; members need not send them.',
  schema: { type: 'string' },
}

const envelope = {
  type: 'object',
  required: ['jsonrpc', 'method'],
  properties: {
    jsonrpc: { const: '2.0' },
    id: { type: ['string', 'number', 'null'], description: 'Left out: no reply is wanted.' },
    method: { type: 'string', description: 'The operationId of any operation here that does not stream.' },
    params: {
      type: 'object',
      description: 'Path parameters, query and body in one flat object; `room_key` for a private room.',
    },
  },
}

const rpcReply = {
  type: 'object',
  required: ['jsonrpc', 'id'],
  properties: {
    jsonrpc: { const: '2.0' },
    id: { type: ['string', 'number', 'null'] },
    result: { description: 'What the operation replies; null where it replies nothing.' },
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'integer', description: '-32000 for errors of operations; else as JSON-RPC has it.' },
        message: { type: 'string' },
        data: { $ref: '#/components/schemas/Problem' },
      },
    },
  },
}

const batchOf = (schema: object) => ({
  anyOf: [schema, { type: 'array', minItems: 1, maxItems: sizes.callsAtOnce, items: schema }],
})

/** Not an operation, but a way to call them. */
const jsonRpc = {
  operationId: 'rpc',
  summary: 'Call operations by JSON-RPC 2.0, one or a batch; one signature covers the request.',
  tags: ['rpc'],
  requestBody: { required: true, content: { 'application/json': { schema: batchOf(envelope) } } },
  responses: {
    200: { description: 'Done.', content: { 'application/json': { schema: batchOf(rpcReply) } } },
    204: { description: 'Done; no request wanted a reply.' },
    default: {
      description: 'It cannot be read as a request, and nothing was done.',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  },
  security: [{ rfc9421: [] }, {}],
}

const problem = {
  type: 'object',
  description: 'An RFC 9457 problem document. `code` is what programs read.',
  required: ['type', 'title', 'status', 'detail', 'code', 'retryable', 'request_id', 'error'],
  properties: {
    type: { type: 'string', description: '/docs/errors#code' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(errors) },
    retryable: { type: 'boolean', description: 'Whether the same call, made again later, can succeed.' },
    request_id: { type: 'string' },
    error: { type: 'string', description: 'The same as `detail`.' },
    retry_after: { type: 'integer', description: 'Seconds to wait, after a limit or a block; as Retry-After.' },
    limit: {
      type: 'object',
      description: 'The limit that is used up, as limits.get tells it.',
      required: ['operation', 'per', 'max', 'window'],
      properties: {
        operation: { type: 'string' },
        per: { enum: ['agent', 'address'] },
        max: { type: 'integer' },
        window: { type: 'integer', description: 'Seconds.' },
      },
    },
    server_time: { type: 'integer', description: "The server's clock in milliseconds, where a time was wrong." },
  },
}
