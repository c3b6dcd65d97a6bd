import {
  Alternative,
  type ErrorCode,
  type Input,
  type Operation,
  operations,
  ProtocolError,
  type Reply,
  sizes,
} from '@aicq/protocol'
import type { Logger } from 'pino'
import type { Origin } from '../origin.ts'
import { readTraceparent, type Span, type Tracing } from '../tracing.ts'
import type { openAdmission, Visit } from './admit.ts'
import { type Caller, type CallerOf, type Identification, identifyAs, nonceAt } from './caller.ts'
import { type InputReader, inputReader, type Raw } from './input.ts'
import { writerOf } from './output.ts'
import { explain, type Problem } from './problems.ts'
import { within } from './within.ts'

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
  /** Aborted when nobody waits for the reply any more, where the transport can tell. */
  readonly gone?: AbortSignal | undefined
}

/** Does an operation for a caller who may call it, with input that is as it should be. */
export type Run<T = unknown> = (caller: CallerOf<Operation> & Counted, input: never) => Promise<T>

/** A call on its way in. Its transport says who calls, and with what: asked in this order, and only if it may come so far. */
export interface Arriving {
  readonly op: Operation
  readonly visit: Visit
  /** The id of its request. */
  readonly request: string
  /** The trace that it came with, and who is told of the one that it belongs to. */
  readonly traceparent: string | undefined
  traced?(traceparent: string): void
  /** Errors: all of 401. */
  identify(): Promise<Caller>
  /** Errors: `invalid_request`, `invalid_id`. */
  input(): Raw
  /** The agent that it claims to come from, as far as it can be told. */
  claimed(): string | undefined
  /** Aborted when nobody waits for the reply any more. */
  readonly gone?: AbortSignal | undefined
}

/** What a transport knows of a call that comes with one flat object of parameters. */
export interface By {
  /** The id of the request, or of the connection. */
  readonly request: string
  /** The address of the connection. */
  readonly socket: string
  /** X-Forwarded-For. */
  readonly forwarded: string | undefined
  /** Whether the call claims to come from an agent. */
  readonly signed: boolean
  /** The trace that it came with; the parameter of that name goes before it. */
  readonly traceparent: string | undefined
  claimed(): string | undefined
  /** Who calls. Errors: all of 401. */
  identify(op: Operation, params: Raw): Promise<Caller>
  /** When the time of its answer began to run (`performance.now()`), where it had to wait for others. */
  readonly since?: number
  /** Aborted when nobody waits for the reply any more. */
  readonly gone?: AbortSignal | undefined
}

/** Operations as every transport calls them: counted, identified, validated and limited in time by the same code. */
export interface Calls {
  /** Adds an operation, with what does it; gives the reader of its input. */
  add(op: Operation, run: Run): InputReader
  /** The operation that is called by a name; one that streams is its transport's own to find. */
  find(name: string): Operation | undefined
  /** Lets a call in and has it done. Errors: whatever the operation can answer. */
  pass<T>(call: Arriving, run: Run<T>, since?: number): Promise<T>
  /** Has `run` done with flat parameters, which `room_key` and `room_keys` are taken out of. */
  passFlat<T>(op: Operation, params: Raw, by: By, run: Run<T>): Promise<T>
  /** The reply of an operation as JSON. Errors: whatever it can answer, and `reply_too_large`. */
  call(op: Operation, params: Raw, by: By): Promise<string>
  /**
   * The reply of an operation that is called inside of another call, by the same caller. Its nonce is that of the call with `#` and its
   * place; its time began to run at `since`.
   */
  callInside(caller: Caller & Counted, op: Operation, params: Raw, place: number, since: number): Promise<unknown>
  /** What is told of whatever was thrown; the operator is told of what the server itself failed at. */
  explain(cause: unknown, request: string): Problem
}

export interface CallsOptions {
  readonly admission: ReturnType<typeof openAdmission>
  readonly isCurrent: Identification['isCurrent']
  readonly log: Logger
  /** Milliseconds that an answer may take. */
  readonly handlerTimeout: number
  /** Told why a call was refused, of whom it came or claimed to come, and from where. */
  refused(code: ErrorCode, agent: string | undefined, from: string | undefined): void
  readonly tracing: Tracing | undefined
  /** Told of each call: the code of its error, or `ok`, and how long it took. */
  measured(operation: string, outcome: string, seconds: number, span: Span | undefined): void
  /** Told of each call of an agent that was done. */
  acted(agent: string): void
  /** Told of each call that may have written something, before it is answered. */
  wrote(op: Operation, agent: string | undefined): void
}

interface Bound {
  readonly run: Run
  readonly read: InputReader
  readonly write: (value: unknown) => string
}

const byName = new Map(operations.map((op) => [op.name as string, op]))

export function openCalls(options: CallsOptions): Calls {
  const { admission, isCurrent, log, handlerTimeout, refused, acted, wrote, tracing, measured } = options
  const bound = new Map<string, Bound>()
  const readers = new Map<string, InputReader>()

  async function pass<T>(call: Arriving, run: Run<T>, since?: number): Promise<T> {
    const { op, visit } = call
    const began = performance.now()
    const span = tracing?.begin(op.name, call.traceparent)
    if (span) call.traced?.(span.traceparent)
    const trace = span?.traceparent ?? call.traceparent
    let outcome: string | undefined
    let agent: string | undefined
    const answer = async () => {
      if (op.limit) await visit.enter()
      const { isFresh, ...known } = await call.identify()
      agent = known.agent?.id
      const caller = withOrigin(known, { address: visit.from, request: call.request, trace })
      // together: what several servers share is asked once here
      const [giveBack, fresh] = await Promise.all([
        caller.agent && !op.limit?.bytes ? visit.admit(caller.agent.id) : undefined,
        isFresh?.(),
      ])
      const input = call.input()
      try {
        if (fresh === false)
          throw new ProtocolError('nonce_used', 'a request with this nonce has been accepted already')
        const counted: Caller & Counted = { ...caller, visit, gone: call.gone }
        const reply = await run(counted as typeof counted & { agent: never }, input as never)
        if (agent !== undefined) acted(agent)
        return reply
      } catch (error) {
        // whoever repeats another's request does not use up the other's limit
        if (giveBack && error instanceof ProtocolError && error.code === 'nonce_used') await giveBack()
        throw error
      } finally {
        // who did not sign the request may have signed the message
        wrote(op, agent ?? (input as { from?: string }).from)
      }
    }
    try {
      const most = handlerTimeout + (op.waits ?? 0) * 1000
      const left = since === undefined ? most : most - (performance.now() - since)
      if (left <= 0) throw new ProtocolError('unavailable', 'the server took too long to answer')
      return await within(left, answer())
    } catch (cause) {
      outcome = cause instanceof ProtocolError ? cause.code : 'internal'
      if (cause instanceof ProtocolError) refused(cause.onV0 ?? cause.code, agent ?? call.claimed(), visit.from)
      throw cause
    } finally {
      span?.end(outcome)
      measured(op.name, outcome ?? 'ok', (performance.now() - began) / 1000, span)
    }
  }

  function readerOf(op: Operation): InputReader {
    const known = readers.get(op.name) ?? inputReader(op, false)
    readers.set(op.name, known)
    return known
  }

  /** Parameters that are no input of an operation, but keys of rooms, come to the caller as over HTTP its headers do. */
  function arriving(op: Operation, params: Raw, visit: Visit, by: Omit<By, 'socket' | 'forwarded' | 'signed'>) {
    const { room_key: one, room_keys: many, traceparent } = params
    const input = { ...params }
    delete input.traceparent
    if (op.takesRoomKey) delete input.room_key
    if (op.takesRoomKeys) delete input.room_keys
    const arriving: Arriving = {
      op,
      visit,
      request: by.request,
      traceparent: readTraceparent(traceparent) ?? by.traceparent,
      async identify() {
        if (!op.limit) return {}
        const known = await by.identify(op, params)
        const roomKey = op.takesRoomKey && one !== undefined ? readRoomKey(one) : undefined
        const roomKeys = op.takesRoomKeys && many !== undefined ? readRoomKeys(many) : undefined
        return { ...known, ...(roomKey && { roomKey }), ...(roomKeys && { roomKeys }) }
      },
      input: () => readerOf(op).flat(input),
      claimed: by.claimed,
      gone: by.gone,
    }
    return arriving
  }

  const calls: Calls = {
    add(op, run) {
      const read = readerOf(op)
      bound.set(op.name, { run, read, write: writerOf(op.output) })
      return read
    },
    find: (name) => (bound.has(name) ? byName.get(name) : undefined),
    pass,
    passFlat(op, params, by, run) {
      const visit = admission(op)(by.socket, by.forwarded, by.signed)
      return pass(arriving(op, params, visit, by), run, by.since)
    },
    call(op, params, by) {
      const { run, write } = bound.get(op.name)!
      return calls.passFlat(op, params, by, async (caller, input) => textOf(op, await run(caller, input), write))
    },
    async callInside(caller, op, params, place, since) {
      const { agent, origin, visit } = caller
      const nonce = agent?.nonce === undefined ? undefined : { nonce: nonceAt(agent.nonce, place) }
      const as = agent ? { agent: { ...agent, ...nonce } } : {}
      const by = {
        request: origin!.request,
        traceparent: origin!.trace,
        claimed: () => agent?.id,
        identify: () => identifyAs(as, op, params, { isCurrent }),
      }
      const reply = await pass(arriving(op, params, visit.of(op), by), bound.get(op.name)!.run, since)
      return reply instanceof Alternative ? reply.reply : reply
    },
    explain: (cause, request) => explain(cause, request, log.child({ request_id: request })),
  }
  return calls
}

async function textOf(op: Operation, result: unknown, write: (value: unknown) => string): Promise<string> {
  if (!op.output) return 'null'
  if (op.lines) return arrayOf(result as AsyncIterable<string>)
  return write(result instanceof Alternative ? result.reply : result)
}

/** Lines of JSON as one array. */
async function arrayOf(lines: AsyncIterable<string>): Promise<string> {
  const items: string[] = []
  let bytes = 0
  for await (const line of lines) {
    bytes += Buffer.byteLength(line)
    if (bytes > sizes.replyBytesRpc)
      throw new ProtocolError('reply_too_large', `the reply has more than ${sizes.replyBytesRpc} bytes`)
    items.push(line.trimEnd())
  }
  return `[${items.join(',')}]`
}

/** The key of a private room, right or wrong. */
function readRoomKey(value: unknown): string {
  if (typeof value === 'string') return value
  throw new ProtocolError('invalid_request', 'room_key must be a string')
}

/** Keys of private rooms, by room. */
export function readRoomKeys(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ProtocolError('invalid_request', 'room keys must be a JSON object: {"<room>": "<key>"}')
  const keys = Object.entries(value)
  if (keys.length > sizes.roomsOfStream)
    throw new ProtocolError('invalid_request', `the keys of ${sizes.roomsOfStream} rooms are taken at most`)
  return Object.fromEntries(keys.map(([room, key]) => [room.toLowerCase(), readRoomKey(key)]))
}

/** What the audit says of a write, its writer carries along. */
function withOrigin(caller: Caller, origin: Origin): Caller {
  if (caller.agent) return { ...caller, agent: { ...caller.agent, origin }, origin }
  return { ...caller, origin }
}
