import { performance } from 'node:perf_hooks'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { act, answer, hold, release, type Script, say } from './scripts.ts'

/** Milliseconds after which a command counts as failed, and in which a connection must be made. */
const timeout = 500
/** Milliseconds between attempts to connect again, at most. */
const retry = 1_000

const options = {
  connectTimeout: 2_000,
  enableAutoPipelining: true, // what is asked for together travels together
  autoPipeliningIgnoredCommands: [answer.name], // which has waited for others already
  enableOfflineQueue: false, // nobody waits for a server that is away
  maxRetriesPerRequest: 0,
  keepAlive: 10_000,
  noDelay: true,
  retryStrategy: (times: number) => Math.min(50 * 2 ** Math.min(times, 10), retry),
} satisfies RedisOptions

/** Commands to Redis, and what it tells. Commands fail at once while there is no connection, and after half a second otherwise. */
export interface RedisClient extends AsyncDisposable {
  run(script: Script, keys: readonly string[], words: readonly (string | number)[]): Promise<unknown>
  readonly commands: Redis | Cluster
  /** Whether its keys are on several nodes. */
  readonly isCluster: boolean
  /** Told of what is published on a channel by others, until the connection ends. */
  listen(channel: string, told: (text: string) => void): void
  /** Told each time that hints may have been missed. */
  onGap(run: () => void): void
  /** Milliseconds that an answer takes. */
  ping(): Promise<number>
}

/** Whether Redis said nothing for as long as a command may take. What it refuses, and that there is no connection, is known at once. */
export const isSilence = (cause: unknown): boolean => cause instanceof Error && cause.message === 'Command timed out'

/**
 * Connects to Redis, or to a Redis Cluster where several addresses are given. Does not wait. `failed`: told of trouble on the connection.
 * `commandTimeout` (ms): half a second unless it is given.
 */
export function openRedis(
  urls: readonly string[],
  failed: (cause: unknown) => void,
  commandTimeout: number = timeout,
): RedisClient {
  const [commands, ears] = urls.length === 1 ? single(urls[0]!, commandTimeout) : cluster(urls, commandTimeout)
  const both = new Set([commands, ears])
  for (const one of both) one.on('error', failed)
  for (const { name, lua, keys } of [answer, hold, release, say, act])
    commands.defineCommand(name, { lua, ...(keys && { numberOfKeys: keys }) })
  const told = new Map<string, (text: string) => void>()
  const gaps: (() => void)[] = []
  ears.on('message', (channel: string, text: string) => told.get(channel)?.(text))
  let again: NodeJS.Timeout | undefined
  async function hear(): Promise<void> {
    clearTimeout(again)
    try {
      if (told.size > 0) await ears.subscribe(...told.keys())
    } catch (cause) {
      failed(cause)
      // a connection that stays is not made again, and would hear nothing for as long
      again = setTimeout(() => ears.status === 'ready' && hear(), retry).unref()
      return
    }
    for (const run of gaps) run()
  }
  ears.on('ready', hear)
  return {
    commands,
    isCluster: urls.length > 1,
    run: ({ name, keys: fixed }, keys, words) =>
      (commands as unknown as Record<string, (...all: unknown[]) => Promise<unknown>>)[name]!(
        ...(fixed ? [] : [keys.length]),
        ...keys,
        ...words,
      ),
    listen(channel, tell) {
      told.set(channel, tell)
      if (ears.status === 'ready') void hear()
    },
    onGap: (run) => void gaps.push(run),
    async ping() {
      const began = performance.now()
      await commands.ping()
      return performance.now() - began
    },
    async [Symbol.asyncDispose]() {
      for (const one of both) one.disconnect()
    },
  }
}

/** A connection that listens can do nothing else. */
function single(url: string, commandTimeout: number): [Redis, Redis] {
  const commands = new Redis(url, { ...options, commandTimeout })
  return [commands, commands.duplicate({ enableAutoPipelining: false })]
}

function cluster(urls: readonly string[], commandTimeout: number): [Cluster, Cluster] {
  const { username, password, protocol } = new URL(urls[0]!)
  const own = new Cluster([...urls], {
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    autoPipeliningIgnoredCommands: options.autoPipeliningIgnoredCommands,
    clusterRetryStrategy: options.retryStrategy,
    retryDelayOnFailover: 100,
    maxRedirections: 4,
    redisOptions: {
      commandTimeout,
      connectTimeout: options.connectTimeout,
      keepAlive: options.keepAlive,
      noDelay: options.noDelay,
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  })
  return [own, own]
}
