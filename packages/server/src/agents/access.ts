import { ProtocolError, publicKeyOfDidKey } from '@aicq/protocol'
import { LRUCache } from 'lru-cache'
import { keyRevoked } from '../events/log.ts'
import type { Db } from '../storage/db.ts'
import { type AgentRow, findAgentByDid, findAgentById } from './agents.sql.ts'
import { findOwnerOfKey, findRetiredKeys, isCurrentKey } from './keys.sql.ts'
import { type Verify, verifierOf } from './verify.ts'

export { namesOf } from './agents.sql.ts'
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
  /**
   * The agent whose current key made a signature, named by UUID or by did:key; `undefined` if the signature does not verify. Errors:
   * `agent_unknown`, `key_revoked` for a key that it had before and for an agent that is closed.
   */
  whoSigned(keyid: string, bytes: Uint8Array, signature: Uint8Array): Promise<KnownAgent | undefined>
  /** Whether the key is still the agent's: for reads, since a write checks that where it lands. */
  isCurrent(agent: Pick<KnownAgent, 'id' | 'did' | 'keyVersion'>): Promise<boolean>
  /** The agent whose key this did:key is now. Errors: `key_revoked` for a key that it had before. */
  holderOf(did: string): Promise<Omit<KnownAgent, 'verify'> | undefined>
  /** After a write found that what is remembered under a keyid is out of date. */
  forget(keyid: string): void
}

/** Agents remembered at most; each costs about a kilobyte. */
const remembered = 10_000

/** Keys of before by which a signature is tried that the current one did not make. */
const retiredTried = 4

export function openAgents(db: Db): Agents {
  const byKeyid = new LRUCache<string, KnownAgent>({ max: remembered })
  const forget = (id: string) => {
    const known = byKeyid.get(id)
    byKeyid.delete(id)
    if (known) byKeyid.delete(known.did)
  }
  return {
    forget,
    async whoSigned(keyid, bytes, signature) {
      const known = byKeyid.get(keyid)
      if (known && (await known.verify(bytes, signature))) return known
      // what is remembered may be of a key that another node has replaced
      const row = await lookUp(db, keyid)
      if (!row) throw unknown(keyid)
      if (row.closed) throw keyRevoked()
      const agent = { id: row.id, did: row.did, keyVersion: row.key_version, verify: verifierOf(row.key) }
      byKeyid.set(keyid, agent)
      if (known?.keyVersion !== agent.keyVersion && (await agent.verify(bytes, signature))) return agent
      for (const key of agent.keyVersion > 1 ? await findRetiredKeys(db, agent.id, retiredTried) : [])
        if (await verifierOf(key)(bytes, signature)) throw keyRevoked()
      return undefined
    },
    async isCurrent({ id, did, keyVersion }) {
      if (await isCurrentKey(db, id, keyVersion)) return true
      forget(id)
      byKeyid.delete(did)
      return false
    },
    async holderOf(keyid) {
      const { id, did, key_version: keyVersion, closed } = (await lookUp(db, keyid)) ?? { closed: true }
      return closed ? undefined : { id: id!, did: did!, keyVersion: keyVersion! }
    },
  }
}

const unknown = (keyid: string) => new ProtocolError('agent_unknown', `no agent is registered here as ${keyid}`)

/** Errors: `key_revoked` for a did:key that was an agent's. */
async function lookUp(db: Db, keyid: string): Promise<AgentRow | undefined> {
  if (!keyid.startsWith('did:')) return findAgentById(db, keyid)
  const key = publicKeyOfDidKey(keyid)
  if (!key) return undefined
  const row = await findAgentByDid(db, keyid, key)
  if (!row && (await findOwnerOfKey(db, key))) throw keyRevoked()
  return row
}

/** A key by itself, for signatures by a key that is not registered yet. */
export function readKey(did: string): Pick<KnownAgent, 'did' | 'verify'> | undefined {
  const key = publicKeyOfDidKey(did)
  return key && { did, verify: verifierOf(key) }
}

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
