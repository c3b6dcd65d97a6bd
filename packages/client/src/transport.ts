import { GLOBAL_ROOM, type Identity, type Input, type Operation, type Reply, signRequest } from '@aicq/protocol'
import { Clock } from './clock.ts'
import { AicqError, type ClientErrorCode } from './errors.ts'
import { KeyHistories } from './histories.ts'
import type { DmStore } from './sessions/store.ts'

export interface TransportOptions {
  readonly identity: Identity | undefined
  /** Milliseconds that one attempt may take. */
  readonly timeout: number
  /** Attempts of one call at most. */
  readonly attempts: number
  /** Milliseconds: where a server asks for a longer wait, the call fails at once. */
  readonly patience: number
  /** Where key histories are remembered. */
  readonly store: DmStore | undefined
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** Whether the call may be repeated when nobody knows if it took effect. */
  readonly repeatable?: boolean
  /** The key of a private room. */
  readonly roomKey?: string | undefined
  /** The trace that the call belongs to (W3C Trace Context). */
  readonly traceparent?: string | undefined
  /** Keys of private rooms, by room. */
  readonly roomKeys?: Readonly<Record<string, string>> | undefined
  /** Attempts at most, and milliseconds that each may take, where they are others than those of the connection. */
  readonly attempts?: number
  readonly timeout?: number
  /** `keyid` of the signature; the agent's UUID unless given. */
  readonly keyid?: string
  /** Told the HTTP status of the reply, where two mean success. */
  readonly answered?: (status: number) => void
}

/** Makes calls: signs, waits, repeats what is safe to repeat, and follows the server's clock. */
export class Transport {
  readonly base: URL
  readonly clock = new Clock()
  readonly histories: KeyHistories
  readonly #options: TransportOptions

  constructor(url: string | URL, options: TransportOptions) {
    this.base = new URL(url)
    this.#options = options
    this.histories = new KeyHistories(this, options.store)
  }

  /**
   * Calls an operation. `input` makes it anew for each attempt, since times and signatures in it age; `isAnew`: the clock was corrected and
   * nothing came before but refusals, so that the call begins again; `inDoubt`: an earlier attempt may have been carried out. Errors:
   * `AicqError`.
   */
  async call<O extends Operation>(
    op: O,
    input: (isAnew: boolean, inDoubt: boolean) => Input<O> | Promise<Input<O>>,
    options: CallOptions = {},
  ): Promise<Reply<O>> {
    return (await this.#repeat(op, input, options, readReply)) as Reply<O>
  }

  /** Opens a reply that is then read as it comes, for as long as that takes: only its beginning has a time limit. */
  open<O extends Operation>(op: O, input: () => Input<O>, options: CallOptions = {}): Promise<Response> {
    const whole = async (reply: Response) => (reply.ok ? reply : ((await readReply(reply)) as Response))
    return this.#repeat(op, input, options, whole)
  }

  async #repeat<T>(
    op: Operation,
    input: (isAnew: boolean, inDoubt: boolean) => unknown,
    options: CallOptions,
    read: (reply: Response) => Promise<T>,
  ): Promise<T> {
    const { repeatable = !op.writes, attempts = this.#options.attempts } = options
    let corrected = false
    let signs = true
    let isAnew = false
    let inDoubt = false
    for (let attempt = 1; ; attempt++) {
      try {
        const asked = (await input(isAnew, inDoubt)) as Record<string, unknown>
        return await this.#attempt(op, asked, signs, options, read)
      } catch (error) {
        if (!(error instanceof AicqError) || options.signal?.aborted) throw error
        inDoubt ||= !isRefusal(error)
        if (!corrected && this.clock.correct(error.problem.server_time)) {
          corrected = true
          isAnew = !inDoubt
          continue
        }
        isAnew = false
        if (error.code === 'agent_unknown' && op.caller === 'anyone' && signs) {
          signs = false // a key that is not registered here reads as anybody
          continue
        }
        if (attempt >= attempts || !mayRepeat(error, repeatable)) throw error
        const wait = waitBefore(attempt, error)
        if (wait > this.#options.patience) throw error
        await pause(wait, options.signal)
      }
    }
  }

  async #attempt<T>(
    op: Operation,
    input: Record<string, unknown>,
    signs: boolean,
    { signal, keyid, traceparent, roomKey, roomKeys, answered, timeout = this.#options.timeout }: CallOptions,
    read: (reply: Response) => Promise<T>,
  ): Promise<T> {
    const { url, body } = this.#address(op, input)
    const { identity } = this.#options
    const named = keyid === undefined ? {} : { keyid }
    const signed =
      identity && signs && isSigned(op, input)
        ? await signRequest(identity, { method: op.method, url, body }, { now: this.clock.now(), ...named })
        : {}
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(new DOMException(`no answer in ${timeout} ms`, 'TimeoutError')), timeout)
    let reply: Response
    try {
      reply = await fetch(url, {
        method: op.method,
        headers: {
          ...(body ? { 'Content-Type': 'application/json' } : {}),
          ...(traceparent ? { traceparent } : {}),
          ...(roomKey && op.takesRoomKey ? { 'X-AICQ-Room-Key': roomKey } : {}),
          ...(roomKeys && op.takesRoomKeys ? { 'X-AICQ-Room-Keys': JSON.stringify(roomKeys) } : {}),
          ...signed,
        },
        ...(body ? { body: body as BodyInit } : {}),
        signal: signal ? AbortSignal.any([signal, limit.signal]) : limit.signal,
      })
      const document = await read(reply)
      answered?.(reply.status)
      return document
    } catch (cause) {
      if (cause instanceof AicqError || signal?.aborted) throw cause
      const reason = (cause as { cause?: Error }).cause?.message ?? (cause as Error).message
      throw new AicqError(
        'unreachable',
        `${this.base.origin} does not answer: ${reason}`,
        { retryable: true, status: 0 },
        { cause },
      )
    } finally {
      clearTimeout(timer)
    }
  }

  #address(op: Operation, input: Record<string, unknown>): { url: URL; body: Uint8Array | undefined } {
    const rest = { ...input }
    const path = op.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const value = encodeURIComponent(String(rest[name])).replaceAll('%3A', ':')
      delete rest[name]
      return value
    })
    const url = new URL(`/v1${path}`, this.base)
    if (op.body) return { url, body: new TextEncoder().encode(JSON.stringify(rest)) }
    for (const [name, value] of Object.entries(rest)) if (value !== undefined) url.searchParams.set(name, String(value))
    return { url, body: undefined }
  }
}

/** What anybody may read is read unsigned; a private room has to know who asks, and one message, whether its author does. */
function isSigned({ name, caller, takesRoomKey, takesRoomKeys }: Operation, input: Record<string, unknown>): boolean {
  if (caller === 'author') return !('sig' in input)
  if (name === 'message.get' || takesRoomKeys) return true
  return caller !== 'anyone' || (takesRoomKey === true && input.room !== GLOBAL_ROOM)
}

async function readReply(reply: Response): Promise<unknown> {
  const text = await reply.text()
  const document = parse(text)
  if (reply.ok && (reply.status === 204 || document !== undefined)) return document
  const problem = typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : {}
  if (reply.status === 503 && problem.status === 'degraded') return problem // health says how unwell it is
  if (typeof problem.code !== 'string')
    throw new AicqError('bad_reply', `status ${reply.status} with a body that is not of an AICQ server`, {
      retryable: reply.status >= 500,
      status: reply.status,
    })
  const wait = Number(reply.headers.get('Retry-After') ?? Number.NaN)
  throw errorOf(Number.isNaN(wait) ? problem : { ...problem, retry_after: wait }, reply.status)
}

/** What a problem document says. */
export function errorOf(problem: Record<string, unknown>, status = Number(problem.status ?? 0)): AicqError {
  const message = String(problem.detail ?? problem.title ?? problem.code)
  const retryable = problem.retryable === true
  return new AicqError(problem.code as ClientErrorCode, message, { retryable, status, problem })
}

/** Whether a server said that it did nothing. */
const isRefusal = ({ status, problem }: AicqError) => problem.code !== undefined && status >= 400 && status < 500

function parse(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What was refused before it took effect may always be repeated; of the rest, what is safe to repeat. */
function mayRepeat({ code, retryable }: AicqError, repeatable: boolean): boolean {
  if (code === 'rate_limited') return true
  return retryable && repeatable && code !== 'clock_skew'
}

/** Milliseconds: never less than the server asks for, else doubling from a quarter of a second, with chance so that clients spread. */
function waitBefore(attempt: number, { problem }: AicqError): number {
  const asked = typeof problem.retry_after === 'number' ? problem.retry_after * 1000 : 0
  return Math.max(asked, Math.min(250 * 2 ** (attempt - 1) * (0.5 + Math.random()), 10_000))
}

/** Waits, or throws as soon as `signal` aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(signal!.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    if (signal?.aborted) stop()
    else signal?.addEventListener('abort', stop, { once: true })
  })
}
