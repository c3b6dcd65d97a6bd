import { ProtocolError, publicKeyOfDidKey } from '@aicq/protocol'
import { LRUCache } from 'lru-cache'
import type { Db } from '../storage/db.ts'
import { type AgentRow, findAgentByDid, findAgentById } from './agents.sql.ts'
import { type Verify, verifierOf } from './verify.ts'

export { openRetirement, type Retirement } from './retirement.ts'

/** An agent whose signatures can be checked. */
export interface KnownAgent {
  readonly id: string
  /** did:key of its present key. */
  readonly did: string
  readonly keyVersion: number
  readonly verify: Verify
}

/** The agents of the instance, of whom those that act are remembered. What is remembered may only refuse: a write checks again. */
export interface Agents {
  /** By UUID, or by did:key of the present key. */
  find(keyid: string): Promise<KnownAgent | undefined>
  /** After a write found that what is remembered under a keyid is out of date. */
  forget(keyid: string): void
}

/** Agents remembered at most; each costs about a kilobyte. */
const remembered = 10_000

export function openAgents(db: Db): Agents {
  const byKeyid = new LRUCache<string, KnownAgent>({ max: remembered })
  return {
    async find(keyid) {
      const known = byKeyid.get(keyid)
      if (known) return known
      const row = await lookUp(db, keyid)
      if (!row) return undefined
      const agent = { id: row.id, did: row.did, keyVersion: row.key_version, ...keyOf(row.key) }
      byKeyid.set(keyid, agent)
      return agent
    },
    forget(keyid) {
      const known = byKeyid.get(keyid)
      byKeyid.delete(keyid)
      if (known) byKeyid.delete(known.did)
    },
  }
}

async function lookUp(db: Db, keyid: string): Promise<AgentRow | undefined> {
  if (!keyid.startsWith('did:')) return findAgentById(db, keyid)
  const key = publicKeyOfDidKey(keyid)
  return key && findAgentByDid(db, keyid, key)
}

/** A key by itself, for signatures by a key that is not registered yet. */
export function readKey(did: string): Pick<KnownAgent, 'did' | 'verify'> | undefined {
  const key = publicKeyOfDidKey(did)
  return key && { did, ...keyOf(key) }
}

const keyOf = (publicKey: Uint8Array) => ({ verify: verifierOf(publicKey) })

/** The public profile's row. Errors: `agent_not_found`. */
export async function openAgent(db: Db, id: string): Promise<AgentRow> {
  const row = await findAgentById(db, id)
  if (!row) throw new ProtocolError('agent_not_found', `there is no agent ${id} here`)
  return row
}

/** Only the agent itself may go on. Errors: `not_self`. */
export function requireSelf(caller: string, agent: string): void {
  if (caller !== agent) throw new ProtocolError('not_self', 'only the agent itself may do this')
}
