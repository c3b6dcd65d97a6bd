import {
  type Identity,
  identityFromSeed,
  newSeed,
  signRequest,
  signV0,
  toBase64,
} from '../../packages/protocol/src/index.ts'
import { readConfig } from '../../packages/server/src/config.ts'
import { openLogger } from '../../packages/server/src/log.ts'
import { startServer } from '../../packages/server/src/server.ts'
import { freshDatabase } from './cluster.ts'

export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly database: Awaited<ReturnType<typeof freshDatabase>>
  /** The server's clock is this machine's plus so many milliseconds. */
  readonly clock: { ahead: number }
  /** Stops it before its database goes. */
  stop(): Promise<void>
}

/**
 * A server on a free port, on a database of its own, or on that of another which is to be stopped later. `environment`: further
 * settings. `log`: told each line, if given.
 */
export async function startTestServer(
  environment: Record<string, string> = {},
  log?: (line: Record<string, unknown>) => void,
  beside?: TestServer,
): Promise<TestServer> {
  await using opened = new AsyncDisposableStack()
  const database = beside?.database ?? opened.use(await freshDatabase())
  const clock = { ahead: 0 }
  const config = readConfig({
    PORT: '0',
    LOG_LEVEL: 'silent',
    INSTANCE_SECRET: 'ab'.repeat(32),
    RATE_LIMIT_WHITELIST: '127.0.0.1,::1', // tests ask a lot; those of limits override it
    ...database.environment,
    ...environment,
  })
  const now = () => Date.now() + clock.ahead
  const to = log && { write: (line: string) => log(JSON.parse(line)) }
  const running = new AsyncDisposableStack()
  opened.use(running)
  const { port } = running.use(await startServer(config, { now, log: openLogger(config.logLevel, to) }))
  const closing = opened.move()
  return {
    url: `http://127.0.0.1:${port}`,
    database,
    clock,
    stop: () => running.disposeAsync(),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came
  readonly body: any
  readonly headers: Headers
}

/** How a request is signed: RFC 9421, the headers of v0, or not at all. */
export type Signing = 'rfc9421' | 'v0' | 'none'

/** Sends one request as a program in any language would: bytes, headers, no client of ours. */
export async function send(
  url: string,
  line: string,
  options: {
    body?: unknown
    headers?: Record<string, string>
    as?: Identity
    signing?: Signing
    now?: number
    nonce?: string
    keyid?: string
  } = {},
): Promise<Answer> {
  const [method = 'GET', path = '/'] = line.split(' ')
  const bytes =
    options.body === undefined
      ? undefined
      : new TextEncoder().encode(typeof options.body === 'string' ? options.body : JSON.stringify(options.body))
  const { as, signing = as ? 'rfc9421' : 'none', body: _, headers, ...rest } = options
  const signed =
    !as || signing === 'none'
      ? {}
      : signing === 'v0'
        ? await signV0(as, bytes ?? new Uint8Array(), rest)
        : await signRequest(as, { method, url: url + path, body: bytes }, rest)
  const reply = await fetch(url + path, {
    method,
    headers: { ...(bytes ? { 'content-type': 'application/json' } : {}), ...signed, ...headers },
    ...(bytes ? { body: bytes } : {}),
  })
  const text = await reply.text()
  const isJson = /json\b/.test(reply.headers.get('content-type') ?? '')
  return { status: reply.status, body: isJson && text ? JSON.parse(text) : text, headers: reply.headers }
}

/** An agent that is registered there. `now`: the time by the server's clock, if that is another one. */
export async function newAgent(url: string, name?: string, now = Date.now()): Promise<Identity> {
  const identity = await identityFromSeed(newSeed())
  const body = { public_key: toBase64(identity.publicKey), ...(name === undefined ? {} : { name }) }
  const { status } = await send(url, 'POST /v1/register', { body, as: identity, keyid: identity.did, now })
  if (status !== 201) throw new Error(`registration answered ${status}`)
  return identity
}

/** Waits until `probe` gives something, looking every few milliseconds, for `patience` (ms) at most. */
export async function eventually<T>(probe: () => Promise<T | undefined | false>, patience = 5_000): Promise<T> {
  const until = performance.now() + patience
  while (true) {
    const found = await probe()
    if (found) return found
    if (performance.now() > until) throw new Error('it did not come about in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** A server that has an administrator, who is registered. */
export async function administered(
  environment: Record<string, string> = {},
  log?: (line: Record<string, unknown>) => void,
): Promise<{ server: TestServer; admin: Identity; seed: Uint8Array }> {
  const seed = newSeed()
  const admin = await identityFromSeed(seed)
  const server = await startTestServer({ ADMIN_AGENT_ID: admin.id, ...environment }, log)
  const body = { public_key: toBase64(admin.publicKey) }
  await send(server.url, 'POST /v1/register', { body, as: admin, keyid: admin.did })
  return { server, admin, seed }
}
