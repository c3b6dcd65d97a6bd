import type { Static, TObject, TSchema } from 'typebox'
import type { ErrorCode } from './errors.ts'

/** How often an operation may be called: at most `max` times in any `window` seconds, counted per agent or per address. */
export interface Limit {
  readonly max: number
  /** Seconds. */
  readonly window: number
  /** Who is counted. `caller` is the agent where the request is signed, else the address. */
  readonly per: 'agent' | 'address' | 'caller'
  /** Its bytes count too, together with those of all such operations: a budget of the agent (spec/limits.md#bytes). */
  readonly bytes?: true
}

/**
 * One capability of the protocol, declared once. The REST route, its validation and serialisation, the JSON-RPC method,
 * the OpenAPI entry, the table of limits and the client's types all come from this value.
 */
export interface Operation {
  /** `noun.verb`: also the JSON-RPC method. */
  readonly name: `${string}.${string}`
  readonly summary: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/v1`, with `{parameters}`; without the prefix it answers too (spec/operations.md). */
  readonly path: `/${string}`
  /**
   * Who may call: `anyone` (a signature is checked when there is one), `agent` (a registered one),
   * `key` (signed by the key that the body names), `author` (an agent, or a message that proves its own author).
   */
  readonly caller: 'anyone' | 'agent' | 'key' | 'author'
  /** Whether it changes anything: its nonce is then claimed together with the effect. */
  readonly writes: boolean
  /** Reads the key of a private room from the header X-AICQ-Room-Key (spec/rooms.md#access). */
  readonly takesRoomKey?: true
  /** Reads the keys of private rooms, by room, from the header X-AICQ-Room-Keys (spec/realtime.md#interest). */
  readonly takesRoomKeys?: true
  /** Left out where whoever asks is answered, as often as they ask: signatures are then not looked at either. */
  readonly limit?: Limit
  /** Bytes that a request's body may have, where it needs more than others (spec/limits.md). */
  readonly requestBytes?: number
  readonly params?: TObject
  readonly query?: TObject
  readonly body?: TObject
  /** The list in the output that can travel as JSON lines or CSV too, where `format` or Accept asks for it. */
  readonly rows?: string
  /** What comes back; no schema: nothing does (204). */
  readonly output?: TSchema
  /** The reply is JSON lines, each of them as `output` says, for as long as it takes: no time limit of the server ends it. */
  readonly lines?: true
  /** The reply is a stream without end, each event as `output` says: Server-Sent Events, or notifications on a socket. No output: the connection becomes a socket. */
  readonly stream?: true
  /** Seconds that it may wait for something to happen, on top of the time that an answer may take. */
  readonly waits?: number
  readonly status: 101 | 200 | 201 | 204
  /** The second way to succeed: `Alternative` replies travel with this status. */
  readonly alternative?: 200 | 503
  /** The errors of its own; `commonErrors` come on top. */
  readonly errors: readonly ErrorCode[]
  /** The wire that existed before `/v1`, on the path without prefix. Absent: the unprefixed path speaks v1. */
  readonly v0?: V0
}

/** What v0 takes and gives where it differs from v1: members outside these schemas are ignored, or left out. */
export interface V0 {
  readonly query?: TObject
  readonly body?: TObject
  /** What every call of v0 means, whatever it says: members of v1's input. */
  readonly fixed?: Readonly<Record<string, unknown>>
  readonly output?: TSchema
  /** Bytes that a request's body may have, where v0 needs more than others. */
  readonly requestBytes?: number
  /** `anyone` where v0 does not ask for the signature that v1 asks for. */
  readonly caller?: Operation['caller']
  /** Turns the v1 reply into the v0 reply where leaving members out is not enough. */
  readonly project?: (output: never) => unknown
}

type Part<O extends Operation, K extends 'params' | 'query' | 'body'> = O[K] extends TSchema ? Static<O[K]> : unknown

/** What a call takes: path parameters, query and body in one flat object, as JSON-RPC sends it. */
export type Input<O extends Operation> = Part<O, 'params'> & Part<O, 'query'> & Part<O, 'body'>

/** What a call gives; one line of it where it gives lines. */
export type Reply<O extends Operation> = O['output'] extends TSchema ? Static<O['output']> : undefined

/** A reply that travels with the operation's `alternative` status: it was so already, or it is not well. */
export class Alternative<T> {
  readonly reply: T
  constructor(reply: T) {
    this.reply = reply
  }
}

/** The media type of replies that are lines. */
export const jsonLines = 'application/jsonl'

/** What any operation may answer. */
export const commonErrors = [
  'invalid_request',
  'request_too_large',
  'address_blocked',
  'rate_limited',
  'internal',
  'unavailable',
] as const satisfies readonly ErrorCode[]

/** What any operation that reads a JSON body may answer on top. */
export const bodyErrors = ['invalid_json', 'unsupported_media_type'] as const satisfies readonly ErrorCode[]

/** What any operation that checks a signature may answer on top. */
export const signatureErrors = [
  'signature_missing',
  'agent_unknown',
  'clock_skew',
  'nonce_invalid',
  'nonce_used',
  'signature_invalid',
  'digest_mismatch',
  'authority_wrong',
  'key_revoked',
] as const satisfies readonly ErrorCode[]
