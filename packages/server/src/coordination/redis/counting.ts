import type { Ask, Coordination, Counting, Taken } from '../coordination.ts'
import type { RedisClient } from './connect.ts'
import { askTogether } from './questions.ts'

/** Milliseconds that something is kept beyond its time: clocks differ. */
const slack = 60_000

/** The braces put all that is of one owner on one node of a cluster (Redis Cluster specification, hash tags). */
export const keyOf = (owner: string, what: string) => `aicq:{${owner}}:${what}`
const budgetOf = ({ of, key }: Ask) => keyOf(of, `budget:${key}`)
const wordsOf = ({ max, window, cost }: Ask) => [max, window, cost]

/** Four numbers of each budget. */
function takenOf(answer: string): Taken[] {
  const numbers = answer.split(' ')
  const taken: Taken[] = []
  for (let at = 0; at < numbers.length; at += 4)
    taken.push({
      enough: numbers[at] === '1',
      used: Number(numbers[at + 1]),
      wait: Number(numbers[at + 2]),
      reset: Number(numbers[at + 3]),
    })
  return taken
}

/** Budgets, blocks and nonces in Redis. `now` is the clock (ms). */
export function redisCounting(redis: RedisClient, now: () => number): Counting & Pick<Coordination, 'claimNonce'> {
  const ask = askTogether(redis, now)
  const lifeOf = (until: number) => Math.max(1, Math.ceil(until - now())) + slack

  async function takeOwn(owner: string, asks: readonly Ask[]): Promise<Taken[]> {
    const words = ['take', asks.length, ...asks.flatMap(wordsOf)]
    const [taken] = await ask({ owner, keys: asks.map(budgetOf), words, answers: 1 })
    return takenOf(taken!)
  }

  return {
    async take(asks) {
      const owners = [...new Set(asks.map(({ of }) => of))]
      if (owners.length === 1) return takeOwn(owners[0]!, asks)
      const taken = new Map<Ask, Taken>()
      await Promise.all(
        owners.map(async (owner) => {
          const own = asks.filter(({ of }) => of === owner)
          for (const [at, one] of (await takeOwn(owner, own)).entries()) taken.set(own[at]!, one)
        }),
      )
      return asks.map((ask) => taken.get(ask)!)
    },
    async enter(one) {
      const keys = [keyOf(one.of, 'blocked'), budgetOf(one)]
      const words = ['look', 'take', 1, ...wordsOf(one)]
      const [until, taken] = await ask({ owner: one.of, keys, words, answers: 2 })
      return { until: Number(until), taken: takenOf(taken!)[0]! }
    },
    async block(address, until) {
      await redis.commands.set(keyOf(address, 'blocked'), until, 'PX', lifeOf(until))
    },
    async claimNonce(agent, nonce, until) {
      const words = ['claim', lifeOf(until)]
      const [isFree] = await ask({ owner: agent, keys: [keyOf(agent, `nonce:${nonce}`)], words, answers: 1 })
      return isFree === '1'
    },
  }
}
