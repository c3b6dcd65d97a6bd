import type { BreakerState } from './breaker-state.ts'
import type { Coordination } from './coordination.ts'
import { memoryCoordination } from './memory.ts'
import { withFallback } from './with-fallback.ts'

export interface CoordinationOptions {
  /** Addresses of Redis, or of a Redis Cluster; none: this server is alone. */
  readonly redis: readonly string[]
  readonly now: () => number
  /** Told how long Redis took to answer (s). */
  timed(seconds: number): void
  /** Tells the operator that Redis is away, and that it is back. */
  tell(words: string, cause?: unknown): void
}

/** The shared store of a server, as its operator sees it. */
export interface Store {
  readonly state: BreakerState
  /** Milliseconds that an answer takes. Errors: it does not answer. */
  ping(): Promise<number>
}

export interface OpenCoordination extends AsyncDisposable {
  readonly coordination: Coordination
  /** Nothing where this server is alone. */
  readonly store: Store | undefined
}

/** Milliseconds for the first connection at the start; it is not a condition. */
const patience = 2_000

/** Coordination as the settings say. Does not fail for want of Redis. */
export async function openCoordination(options: CoordinationOptions): Promise<OpenCoordination> {
  const { now } = options
  const own = memoryCoordination(now)
  if (options.redis.length === 0) return { coordination: own, store: undefined, [Symbol.asyncDispose]: async () => {} }
  // what nobody needs is not loaded
  const [{ openBreaker }, { openRedis }, { redisCoordination }] = await Promise.all([
    import('./breaker.ts'),
    import('./redis/connect.ts'),
    import('./redis/redis.ts'),
  ])
  const redis = openRedis(options.redis, () => {}) // commands say that it is away
  const breaker = openBreaker({
    probe: redis.ping,
    opened: (cause) => options.tell('Redis does not answer: until it does, this server coordinates by itself', cause),
    closed: () => options.tell('Redis answers again'),
  })
  const { commands } = redis
  const ready = new Promise<void>((resolve) => commands.once('ready', () => resolve()))
  await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, patience).unref())])
  const ask: typeof breaker.ask = (store, without) =>
    breaker.ask(async () => {
      const began = performance.now()
      try {
        return await store()
      } finally {
        options.timed((performance.now() - began) / 1000)
      }
    }, without)
  return {
    coordination: withFallback(redisCoordination(redis, now), own, { ...breaker, ask }),
    store: {
      get state() {
        return breaker.state
      },
      ping: redis.ping,
    },
    async [Symbol.asyncDispose]() {
      breaker[Symbol.dispose]()
      await redis[Symbol.asyncDispose]()
    },
  }
}
