import type { AuditType, ErrorCode } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { addRefusals, type Refusal } from './refusals.sql.ts'

/** Refusals that the audit counts, by why they were refused. */
const types: Partial<Record<ErrorCode, AuditType>> = {
  signature_invalid: 'signature.refused',
  digest_mismatch: 'signature.refused',
  key_revoked: 'signature.refused',
  nonce_used: 'nonce.refused',
  rate_limited: 'limit.refused',
  address_blocked: 'block.refused',
  room_key_wrong: 'room_key.refused',
}

/** Different rows that one server counts in a minute at most; the rest count together, by type alone. */
const rows = 100

export interface Refusals {
  /** Counts one refusal; most codes are not counted. */
  refused(code: ErrorCode, agent: string | undefined, address: string | undefined): void
  /** Counts an address that gets blocked. */
  blocked(address: string | undefined): void
  /** Adds what has been counted to the database. */
  flush(): Promise<void>
}

/** Counts refusals per type, agent, address and minute, in memory, until they are flushed: a request waits for nothing. */
export function countRefusals(db: Db, now: () => number): Refusals {
  let counts = new Map<string, Refusal>()
  const seen = { minute: 0, keys: new Set<string>() }

  function count(type: AuditType, agent: string | undefined, address: string | undefined): void {
    const minute = Math.floor(now() / 60_000)
    if (minute > seen.minute) {
      seen.minute = minute
      seen.keys.clear()
    }
    const key = `${type} ${agent} ${address}`
    const fits = seen.keys.has(key) || seen.keys.size < rows
    if (fits) seen.keys.add(key)
    add(
      fits
        ? { minute, type, agent, address, count: 1 }
        : { minute, type, agent: undefined, address: 'other', count: 1 },
    )
  }

  function add(refusal: Refusal): void {
    const key = `${refusal.minute} ${refusal.type} ${refusal.agent} ${refusal.address}`
    counts.set(key, { ...refusal, count: refusal.count + (counts.get(key)?.count ?? 0) })
  }

  return {
    refused(code, agent, address) {
      const type = types[code]
      if (type) count(type, agent, address)
    },
    blocked: (address) => count('address.blocked', undefined, address),
    async flush() {
      if (counts.size === 0) return
      const taken = counts
      counts = new Map()
      try {
        await addRefusals(db, [...taken.values()])
      } catch (cause) {
        // an hour's worth at most waits for a database that is away
        if (counts.size + taken.size < 60 * rows) for (const refusal of taken.values()) add(refusal)
        throw cause
      }
    },
  }
}
