import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { agentIdOf, type agents, type Input, isWorkDone, ProtocolError } from '@aicq/protocol'
import type { Log } from '../events/log.ts'
import { acceptInvitation, invitationRequired } from '../invitations/access.ts'
import type { Db } from '../storage/db.ts'
import type { Retirement } from './retirement.ts'

export interface NewcomerOptions {
  /** The instance's, 32 bytes. */
  readonly secret: Uint8Array
  readonly registration: 'open' | 'invite' | 'closed'
  /** Bits of a proof of work; 0: none. */
  readonly powBits: number
  /** The administrator's key is let in always: somebody has to invite the first. */
  readonly admin: string | undefined
  /** Whose keys are never taken again. */
  readonly retirement: Retirement
  now(): number
}

/** Milliseconds for which a challenge is good. */
const lifetime = 3_600_000

/** Whether a key that is not known yet may become so (spec/registration.md). */
export function openNewcomers({ secret, registration, powBits, admin, retirement, now }: NewcomerOptions) {
  const macKey = new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), 'aicq:pow:1', 32))
  const challengeFor = (key: Uint8Array, expires: number) =>
    `${expires}.${createHmac('sha256', macKey).update(`${expires} `).update(key).digest('base64url')}`

  /** Challenges are not kept: they name their key and their end, and only this instance can make them. */
  function checkWork(key: Uint8Array, pow: Input<typeof agents.agentRegister>['pow']): void {
    const demand = (detail: string) => {
      const challenge = challengeFor(key, now() + lifetime)
      const over = 'SHA-256 of aicq:pow:1:{challenge}:{solution}'
      return new ProtocolError('pow_required', detail, { pow: { bits: powBits, over, challenge } })
    }
    if (!pow) throw demand(`registering here takes a proof of work of ${powBits} bits`)
    const expires = Number(/^\d{1,15}(?=\.)/.exec(pow.challenge)?.[0])
    const expected = Buffer.from(challengeFor(key, expires))
    const given = Buffer.from(pow.challenge)
    if (given.length !== expected.length || !timingSafeEqual(given, expected))
      throw demand('the challenge is not one that this server gave for this key')
    if (expires <= now()) throw demand('the challenge has expired')
    if (!isWorkDone({ bits: powBits, challenge: pow.challenge }, pow.solution))
      throw demand(`the hash of challenge and solution does not begin with ${powBits} zero bits`)
  }

  return {
    /**
     * Judges an agent before anything is written: `key` is its first key. `proven`: the agent itself asks. What comes back is called in
     * the transaction of the registration: it uses the invitation up, and gives its id. Errors: `registration_closed`,
     * `invitation_required`, `pow_required`, `agent_erased`.
     */
    judge(
      key: Uint8Array,
      proven: boolean,
      { invitation, pow }: Input<typeof agents.agentRegister>,
    ): (tx: Db) => Promise<string | undefined> {
      const id = agentIdOf(key)
      const accept = async (tx: Db, given?: string) => {
        await retirement.refuse(tx, key, id)
        return given === undefined ? undefined : acceptInvitation(tx, given, now())
      }
      if (proven && id === admin) return accept
      if (registration === 'closed') throw new ProtocolError('registration_closed', 'this server takes no new agents')
      if (registration === 'invite' && invitation === undefined)
        throw invitationRequired('this server takes new agents by invitation: ask its operator for one')
      if (powBits > 0) checkWork(key, pow)
      return (tx) => accept(tx, registration === 'invite' ? invitation : undefined)
    },
  }
}

export type Newcomers = ReturnType<typeof openNewcomers>

/** What it takes to let agents in. `registered` counts them. */
export interface Joining {
  readonly db: Db
  readonly log: Log
  readonly newcomers: Newcomers
  readonly retirement: Retirement
  readonly registered: () => void
}
