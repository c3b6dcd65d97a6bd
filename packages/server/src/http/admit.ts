import { type Operation, operations, ProtocolError } from '@aicq/protocol'
import type { AuditAddress, Proxies, Range } from '../addresses.ts'
import type { Counting } from '../coordination/coordination.ts'
import type { Limits } from '../limits.ts'
import { ask, type Budget, budgetsOf, limitHeaders, type Standing } from './budgets.ts'
import { type Sender, senders } from './senders.ts'

/** What admission needs from the rest of the server. */
export interface AdmissionOptions {
  now(): number
  readonly counting: Counting
  readonly limits: Limits
  readonly whitelist: readonly Range[]
  readonly proxies: Proxies | undefined
  readonly autoBlock: boolean
  /** Seconds. */
  readonly blockTime: number
  readonly auditAddress: AuditAddress
  /** Told of each request that a limit of this operation refuses, and of each that a block refuses. */
  limited(operation: string): void
  blocked(): void
  /** Told whence the requests came that got an address blocked. */
  blocks(from: string | undefined): void
  /** Tells the operator. */
  warn(words: string): void
}

/** Gives back what was taken. */
export type GiveBack = () => Promise<unknown>

/** One request on its way in. */
export interface Visit {
  /** Whence it comes, as the audit keeps it. */
  readonly from: string | undefined
  /** Whom limits count it against; nothing for an address that meets none. */
  readonly counted: string | undefined
  /** A call of another operation that came in the same request. */
  of(op: Operation): Visit
  /** Counts the request against its address, before anything in it is believed. Errors: `address_blocked`, `rate_limited`. */
  enter(): Promise<void>
  /**
   * Counts the call against an agent, once it is certain who that is. `excused`: whether it asks for nothing new after all, looked at
   * only where it would be refused. Errors: `rate_limited`.
   */
  admit(agent: string, bytes?: number, excused?: () => Promise<boolean>): Promise<GiveBack>
  /** Counts a room key that has to be compared; whoever had the right one gets it back. Errors: `rate_limited`. */
  tryRoomKey(): Promise<GiveBack>
  /** How everything stands that counts the agent or the address. */
  standings(agent: string): Promise<readonly Standing[]>
  /** What the reply says of it. */
  headers(): Record<string, string | number>
}

type Headers = Readonly<Record<string, string | undefined>>

const nothing: GiveBack = async () => {}
/** Whether a request claims to come from an agent. */
export const isSigned = ({ signature, 'signature-input': input, 'x-aicq-signature': v0 }: Headers) =>
  (signature ?? input ?? v0) !== undefined

/**
 * Lets requests in, or not (spec/limits.md#rates). What comes back tells how calls of an operation are let in: from the address of
 * a connection, with X-Forwarded-For, and whether they claim to come from an agent.
 */
export function openAdmission(by: AdmissionOptions) {
  const { now, counting } = by
  const senderFrom = senders(by.proxies, by.whitelist, by.auditAddress)
  const budgets = new Map(operations.map((op) => [op.name, budgetsOf(op, by.limits)]))
  const everything = distinct(
    [...budgets.values()].flatMap((one) => [one.agent, one.address, one.bytes, one.roomKeys, one.signed]),
  )
  let warned = !by.autoBlock || by.proxies !== undefined

  /** Too many refusals block the address, unless it may be that of a proxy which nobody named. */
  async function violate({ address, from }: Sender, forwarded: string | undefined): Promise<void> {
    if (!by.autoBlock || (forwarded !== undefined && by.proxies === undefined)) return
    const [count] = await counting.take([{ of: address, key: 'violations', ...by.limits.violations, cost: 1 }])
    if (count!.enough && count!.used < by.limits.violations.max) return
    await counting.block(address, now() + by.blockTime * 1000)
    by.blocks(from)
  }

  const admission = (op: Operation) => {
    const { address: own, signed, agent: ofAgent, bytes: ofBytes, roomKeys } = budgets.get(op.name)!

    return (socket: string, forwarded: string | undefined, isAgents: boolean): Visit => {
      if (!warned && forwarded !== undefined) {
        warned = true
        by.warn(
          'X-Forwarded-For arrives and TRUST_PROXY is not set: such requests count as one address, which is not blocked',
        )
      }
      const sender = senderFrom(socket, forwarded)
      const { address, exempt, from } = sender
      const ofAddress = own && !(ofAgent && isAgents) ? own : signed
      let wait = 0
      let shown: Standing[] = []

      async function refuse({ budget, taken }: Standing): Promise<never> {
        by.limited(op.name)
        await violate(sender, forwarded)
        wait = Math.ceil(taken.wait / 1000)
        const { operation, per, max, window, of } = budget
        throw new ProtocolError(
          'rate_limited',
          `${max} ${of} in ${window} s are allowed per ${per}; there is room again in ${wait} s`,
          { retry_after: wait, limit: { operation, per, max, window } },
        )
      }

      return {
        from,
        counted: exempt ? undefined : address,
        of: (other) => admission(other)(socket, forwarded, isAgents),
        async enter() {
          if (exempt) return
          const { until, taken } = await counting.enter(ask(ofAddress, address, 1))
          if (until > now()) {
            by.blocked()
            wait = Math.ceil((until - now()) / 1000)
            const detail = `${address} is blocked until ${new Date(until).toISOString()}: too many requests above the limits`
            throw new ProtocolError('address_blocked', detail, { retry_after: wait })
          }
          const standing = { budget: ofAddress, taken }
          shown.push(standing)
          if (!taken.enough) await refuse(standing)
        },
        async admit(agent, bytes = 0, excused) {
          if (exempt || !ofAgent) return nothing
          const asks = [ask(ofAgent, agent, 1)]
          if (ofBytes) asks.push(ask(ofBytes, agent, bytes))
          const taken = await counting.take(asks)
          const standings = taken.map((one, at) => ({ budget: at === 0 ? ofAgent : ofBytes!, taken: one })).reverse()
          shown = [...shown, ...standings]
          const [used] = standings.filter(({ taken }) => !taken.enough).sort((a, b) => b.taken.wait - a.taken.wait)
          if (!used) return () => counting.take(asks.map((one) => ({ ...one, cost: -one.cost })))
          if (await excused?.()) return nothing
          shown = [...shown.filter((one) => one !== used), used]
          return refuse(used)
        },
        async tryRoomKey() {
          if (exempt || !roomKeys) return nothing
          const tried = ask(roomKeys, address, 1)
          const [taken] = await counting.take([tried])
          if (taken!.enough) return () => counting.take([{ ...tried, cost: -1 }])
          const standing = { budget: roomKeys, taken: taken! }
          shown = [...shown, standing]
          return refuse(standing)
        },
        async standings(agent) {
          if (exempt) return []
          const who = ({ per }: Budget) => (per === 'agent' ? agent : address)
          const taken = await counting.take(everything.map((budget) => ask(budget, who(budget), 0)))
          return taken.map((one, at) => ({ budget: everything[at]!, taken: one }))
        },
        headers: () => ({ ...limitHeaders(shown, now()), ...(wait > 0 ? { 'retry-after': wait } : {}) }),
      }
    }
  }
  return admission
}

/** Each budget once, though several operations share it. */
const distinct = (budgets: readonly (Budget | undefined)[]): Budget[] => [
  ...new Map(budgets.flatMap((one) => (one ? [[`${one.operation} ${one.per}`, one] as const] : []))).values(),
]
