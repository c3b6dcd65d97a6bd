import { closeCodes, errors, type Identity, signSession } from '@aicq/protocol'
import { AicqError, type ClientErrorCode } from '../errors.ts'
import { errorOf, type Transport } from '../transport.ts'
import { Broken, silence, within } from './link.ts'

type Params = Record<string, unknown>
interface Frame {
  readonly id?: number
  readonly method?: string
  readonly params?: Params
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Params }
}

/** Milliseconds of silence after which we ask: pings of the server are not shown to us. */
const quiet = 25_000

/** JSON-RPC over one WebSocket. Calls fail with `AicqError`, or `Broken` when the connection does. */
export class Socket {
  readonly #socket: WebSocket
  readonly #calls = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>()
  readonly #challenge = Promise.withResolvers<string>()
  readonly #woken: () => void
  readonly #watch: ReturnType<typeof setInterval>
  #last = 0
  #heard = performance.now()
  #asked = false
  /** Why it ended, once it has. */
  failure: Error | undefined

  /** `told`: what the server says unasked; `woken`: that it answered after a silence, or that the connection has ended. */
  constructor(url: URL, { told, woken }: { told(method: string, params: Params): void; woken(): void }) {
    this.#woken = woken
    url.protocol = url.protocol.replace('http', 'ws')
    this.#challenge.promise.catch(() => {})
    this.#socket = new WebSocket(url, 'aicq.v1')
    this.#socket.onmessage = ({ data }) => {
      this.#heard = performance.now()
      if (this.failure) return
      const frame = read(data)
      if (!frame) return this.#end(new Broken('what answers is no AICQ server', { isBlocked: true }))
      if (frame.method === 'session.challenge') this.#challenge.resolve(String(frame.params?.challenge))
      else if (frame.method !== undefined) told(frame.method, frame.params ?? {})
      else this.#answered(frame)
    }
    this.#socket.onclose = ({ code }) => this.#end(failureOf(code))
    this.#socket.onerror = () => this.#end(new Broken('the connection broke'))
    this.#watch = setInterval(() => {
      const silent = performance.now() - this.#heard
      if (silent > silence.open) this.#end(new Broken(`nothing came for ${silence.open} ms`))
      else if (silent > quiet && !this.#asked) {
        this.#asked = true
        void this.call('instance.info', {})
          .then(woken, () => {})
          .finally(() => (this.#asked = false))
      }
    }, 5_000)
  }

  /**
   * Says who we are, by answering the challenge. For an agent that the server does not know it gives that error, and the connection is
   * that of anybody.
   */
  async authenticate(identity: Identity, { base, clock }: Transport): Promise<AicqError | undefined> {
    const challenge = await this.#open()
    const answer = async () => {
      const session = { challenge, agent: identity.id, created: Math.floor(clock.now()) }
      // for the host that we called, whatever the server says that it is: it might pass the challenge of another on
      const sig = await signSession(identity, { ...session, at: base.host })
      await this.call('session.authenticate', { agent: session.agent, created: session.created, sig })
    }
    try {
      await answer().catch((error) => {
        if (error instanceof AicqError && clock.correct(error.problem.server_time)) return answer()
        throw error
      })
    } catch (error) {
      if (error instanceof AicqError && error.code === 'agent_unknown') return error
      throw error
    }
  }

  /** Calls a method. */
  async call(method: string, params: Params): Promise<unknown> {
    await this.#open()
    if (this.failure) throw this.failure
    const id = ++this.#last
    const reply = new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }))
    this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    return within(reply, silence.open)
  }

  close(): void {
    this.#end(new Broken('closed'))
  }

  /** The challenge, which is the first that comes. */
  #open(): Promise<string> {
    return within(this.#challenge.promise, silence.opening, true)
  }

  #answered({ id, result, error }: Frame): void {
    const call = this.#calls.get(id!)
    this.#calls.delete(id!)
    if (!error) call?.resolve(result)
    else if (typeof error.data?.code === 'string') call?.reject(errorOf(error.data))
    else call?.reject(new AicqError('bad_reply', error.message, { retryable: false, status: 0 }))
  }

  #end(failure: Error): void {
    if (this.failure) return
    this.failure = failure
    clearInterval(this.#watch)
    this.#challenge.reject(failure)
    for (const { reject } of this.#calls.values()) reject(failure)
    this.#calls.clear()
    this.#socket.close()
    this.#woken()
  }
}

function read(data: unknown): Frame | undefined {
  try {
    const frame = typeof data === 'string' ? JSON.parse(data) : undefined
    return typeof frame === 'object' && frame !== null ? frame : undefined
  } catch {
    return undefined
  }
}

/** What a close code says (spec/realtime.md#close-codes). */
function failureOf(code: number): Error {
  const known = Object.entries(closeCodes).find(([number]) => Number(number) === code)?.[1]
  if (!known) return new Broken(`the connection ended (${code})`)
  const { name, comeBack, means } = known
  if (comeBack !== 'no') return new Broken(means, { comeBack })
  if (!(name in errors)) return new Broken(means, { isBlocked: true })
  return new AicqError(name as ClientErrorCode, means, { retryable: false, status: 0 })
}
