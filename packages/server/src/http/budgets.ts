import type { Operation } from '@aicq/protocol'
import type { Ask, Taken } from '../coordination/coordination.ts'
import type { Limits } from '../limits.ts'
import type { Rate } from '../settings.ts'

/** What one agent or one address may use up. */
export interface Budget extends Rate {
  /** An operation's name, `signed` or `bytes`. */
  readonly operation: string
  readonly per: 'agent' | 'address'
  /** How the headers RateLimit and RateLimit-Policy name it. */
  readonly name: string
  readonly policy: string
  /** What is counted, in words. */
  readonly of: string
}

/** The budgets that a call of an operation draws on. */
export interface Budgets {
  /** Of the address, where the operation is counted by it. */
  readonly address: Budget | undefined
  /** Of the address, where the call is counted by agent: everybody's signatures are checked from one purse. */
  readonly signed: Budget
  readonly agent: Budget | undefined
  readonly bytes: Budget | undefined
  /** Of the address, where a room key may be tried. */
  readonly roomKeys: Budget | undefined
}

export function budgetsOf(operation: Operation, limits: Limits): Budgets {
  const { name, limit, takesRoomKey, takesRoomKeys } = operation
  const rate = limits.operations[name]
  const own = (per: 'agent' | 'address') =>
    rate && (limit?.per === per || limit?.per === 'caller')
      ? budget(name, per, rate, per, `calls of ${name}`)
      : undefined
  return {
    address: own('address'),
    signed: budget('signed', 'address', limits.signed, 'signed', 'requests that claim to be an agent'),
    agent: own('agent'),
    bytes: limit?.bytes && budget('bytes', 'agent', limits.bytes, 'bytes', 'bytes of messages', ';qu="content-bytes"'),
    roomKeys:
      (takesRoomKey || takesRoomKeys) &&
      budget('room_keys', 'address', limits.roomKeys, 'room-keys', 'wrong room keys'),
  }
}

function budget(operation: string, per: Budget['per'], { max, window }: Rate, name: string, of: string, unit = '') {
  return { operation, per, max, window, name, of, policy: `"${name}";q=${max};w=${window}${unit}` }
}

/** `who`: the agent or the address. What could never fit costs all there is. */
export const ask = ({ operation, per, max, window }: Budget, who: string, cost: number): Ask => ({
  of: who,
  key: `${operation} ${per}`,
  max,
  window,
  cost: Math.min(cost, max),
})

/** A budget, and how it stands. */
export interface Standing {
  readonly budget: Budget
  readonly taken: Taken
}

/** What clients read of limits: X-RateLimit-* tell of the last, RateLimit and RateLimit-Policy of all (spec/limits.md#headers). */
export function limitHeaders(standings: readonly Standing[], now: number): Record<string, string | number> {
  const last = standings.at(-1)
  if (!last) return {}
  const left = ({ budget, taken }: Standing) => Math.max(0, budget.max - taken.used)
  const seconds = ({ taken }: Standing) => Math.ceil(taken.reset / 1000)
  return {
    'x-ratelimit-limit': last.budget.max,
    'x-ratelimit-remaining': left(last),
    'x-ratelimit-reset': Math.ceil((now + last.taken.reset) / 1000),
    'ratelimit-policy': standings.map(({ budget }) => budget.policy).join(', '),
    ratelimit: standings.map((one) => `"${one.budget.name}";r=${left(one)};t=${seconds(one)}`).join(', '),
  }
}
