import type { Ask, Counting, Taken } from '../coordination.ts'
import { Window } from '../window.ts'
import type { RedisClient } from './connect.ts'
import { enter, take as script } from './scripts.ts'

/** Milliseconds that something is kept beyond its time: clocks differ. */
const slack = 60_000

/** The braces put all that is of one owner on one node of a cluster (Redis Cluster specification, hash tags). */
export const keyOf = (owner: string, what: string) => `aicq:{${owner}}:${what}`

/** `state`: the newest step of a budget, then each step and what was taken in it. */
function takenOf(ask: Ask, wasTaken: boolean, state: string, time: number): Taken {
  const [newest, ...flat] = state.split(' ').map(Number)
  return Window.of(newest!, flat).look(wasTaken ? { ...ask, cost: 0 } : ask, time)
}

/** Budgets and blocks in Redis. `now` is the clock (ms). */
export function redisCounting(redis: RedisClient, now: () => number): Counting & { claimNonce: ClaimNonce } {
  async function takeOwn(owner: string, asks: readonly Ask[]): Promise<Taken[]> {
    const time = now()
    const reply = await redis.run(
      script,
      asks.map(({ key }) => keyOf(owner, `budget:${key}`)),
      [time, ...asks.flatMap(({ max, window, cost }) => [max, window, cost])],
    )
    const [all, ...states] = reply as [number, ...string[]]
    return asks.map((ask, at) => takenOf(ask, all === 1, states[at]!, time))
  }

  return {
    async take(asks) {
      const owners = [...new Set(asks.map(({ of }) => of))]
      const taken = new Map<Ask, Taken>()
      await Promise.all(
        owners.map(async (owner) => {
          const own = asks.filter(({ of }) => of === owner)
          for (const [at, one] of (await takeOwn(owner, own)).entries()) taken.set(own[at]!, one)
        }),
      )
      return asks.map((ask) => taken.get(ask)!)
    },
    async enter(ask) {
      const time = now()
      const keys = [keyOf(ask.of, 'blocked'), keyOf(ask.of, `budget:${ask.key}`)]
      const reply = await redis.run(enter, keys, [time, ask.max, ask.window, ask.cost])
      const [all, state, until] = reply as [number, string, string]
      return { until: Number(until), taken: takenOf(ask, all === 1, state, time) }
    },
    async block(address, until) {
      const life = Math.max(1, Math.ceil(until - now())) + slack
      await redis.commands.set(keyOf(address, 'blocked'), until, 'PX', life)
    },
    async claimNonce(agent, nonce, until) {
      const life = Math.max(1, Math.ceil(until - now())) + slack
      return (await redis.commands.set(keyOf(agent, `nonce:${nonce}`), 1, 'PX', life, 'NX')) === 'OK'
    },
  }
}

type ClaimNonce = (agent: string, nonce: string, until: number) => Promise<boolean>
