import { parseStrictJson, sizes } from '@aicq/protocol'
import { inLanes, laneOf } from '../lanes.ts'
import type { Raw } from './input.ts'
import type { Problem } from './problems.ts'

/** What is behind JSON-RPC. */
export interface RpcAnswers {
  /** The reply of a method as JSON; `undefined`: there is no such method. `place`: among those that came together. */
  answer(method: string, params: Raw, place: number): Promise<string> | undefined
  /** What is told of whatever was thrown. */
  explain(cause: unknown): Problem
}

/**
 * Answers a JSON-RPC 2.0 request or batch (jsonrpc.org/specification): the text to reply with, `undefined` if none is due. Errors of
 * operations have the code -32000, and the problem document as `data` (spec/realtime.md#socket).
 */
export async function answerJsonRpc(bytes: Uint8Array, by: RpcAnswers): Promise<string | undefined> {
  let json: unknown
  try {
    json = parseStrictJson(bytes)
  } catch (cause) {
    return failed(null, -32700, 'Parse error', by.explain(cause))
  }
  if (!Array.isArray(json)) return answerOne(read(json), 0, by)
  if (json.length === 0) return failed(null, -32600, 'Invalid Request: the batch is empty')
  if (json.length > sizes.callsAtOnce)
    return failed(null, -32600, `Invalid Request: a batch has ${sizes.callsAtOnce} requests at most`)
  const replies = await inLanes(
    json.map(read),
    ({ params }) => params && laneOf(params),
    (request, place) => answerOne(request, place, by),
  )
  const due = replies.filter((reply) => reply !== undefined)
  return due.length === 0 ? undefined : `[${due.join(',')}]`
}

type Id = string | number | null

interface Request {
  /** `undefined`: a notification. */
  readonly id: Id | undefined
  readonly method?: string
  readonly params?: Raw
  /** What is wrong with it. */
  readonly fault?: readonly [code: number, message: string]
}

function read(json: unknown): Request {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return invalid(null, 'it is not an object')
  const { jsonrpc, id, method, params = {} } = json as Raw
  const isId = id === null || typeof id === 'string' || typeof id === 'number'
  if (id !== undefined && !isId) return invalid(null, 'id must be a string, a number or null')
  const known = isId ? id : null
  if (jsonrpc !== '2.0') return invalid(known, 'jsonrpc must be "2.0"')
  if (typeof method !== 'string') return invalid(known, 'method must be a string')
  if (typeof params !== 'object' || params === null) return invalid(known, 'params must be an object')
  if (Array.isArray(params)) return { id, fault: [-32602, 'Invalid params: they are named, in one object'] }
  return { id, method, params: params as Raw }
}

const invalid = (id: Id, why: string): Request => ({ id, fault: [-32600, `Invalid Request: ${why}`] })

async function answerOne(request: Request, place: number, by: RpcAnswers): Promise<string | undefined> {
  const reply = await replyTo(request, place, by)
  return request.id === undefined ? undefined : reply
}

async function replyTo({ id = null, method, params, fault }: Request, place: number, by: RpcAnswers): Promise<string> {
  if (fault) return failed(id, ...fault)
  try {
    const result = await by.answer(method!, params!, place)
    if (result === undefined) return failed(id, -32601, 'Method not found')
    return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`
  } catch (cause) {
    const problem = by.explain(cause)
    return failed(id, -32000, problem.detail, problem)
  }
}

function failed(id: Id, code: number, message: string, data?: Problem): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message, ...(data && { data }) } })
}
