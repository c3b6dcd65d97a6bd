import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel'
import type { BreakerState } from './breaker-state.ts'

/** Failures in a row after which nobody asks any more. */
const enough = 3
/** Milliseconds between looks whether it is back. */
const looks = 1_000

/** Decides whether a store that may be away is asked. */
export interface Breaker extends Disposable {
  readonly state: BreakerState
  /** What the store says; where it is away, or fails, what is to be had without it. */
  ask<T>(store: () => Promise<T>, without: () => Promise<T>): Promise<T>
}

export interface BreakerOptions {
  /** Whether the store answers. */
  probe(): Promise<unknown>
  /** Told why the store is asked no more, and that it is asked again. */
  opened(cause: unknown): void
  closed(): void
}

/**
 * A circuit breaker. While it is open the store is looked at each second, so that no request has to wait to find out whether it is back;
 * what is asked meanwhile is answered without it.
 */
export function openBreaker({ probe, opened, closed }: BreakerOptions): Breaker {
  const policy = circuitBreaker(handleAll, { halfOpenAfter: looks, breaker: new ConsecutiveBreaker(enough) })
  policy.onBreak((reason) => opened('error' in reason ? reason.error : undefined))
  policy.onReset(closed)
  const looking = setInterval(() => {
    if (policy.state !== CircuitState.Closed) policy.execute(probe).catch(() => {})
  }, looks)
  looking.unref()
  return {
    get state() {
      if (policy.state === CircuitState.Closed) return 'closed'
      return policy.state === CircuitState.HalfOpen ? 'half-open' : 'open'
    },
    async ask(store, without) {
      if (policy.state !== CircuitState.Closed) return without()
      try {
        return await policy.execute(store)
      } catch {
        return without()
      }
    },
    [Symbol.dispose]: () => clearInterval(looking),
  }
}
