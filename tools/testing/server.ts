import { type Identity, identityFromSeed, newSeed, toBase64 } from '../../packages/protocol/src/index.ts'
import { readConfig } from '../../packages/server/src/config.ts'
import { openLogger } from '../../packages/server/src/log.ts'
import { startServer } from '../../packages/server/src/server.ts'
import { freshDatabase } from './cluster.ts'
import { patience } from './patience.ts'
import { send } from './requests.ts'

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
    ...patience,
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
