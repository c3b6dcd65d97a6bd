import {
  Alternative,
  agentIdOf,
  type agents,
  cleanAgentName,
  didKeyOf,
  type Input,
  ProtocolError,
  type Reply,
  readPublicKey,
} from '@aicq/protocol'
import { keyRevoked } from '../events/log.ts'
import type { Origin } from '../origin.ts'
import { type AgentRow, findAgentByDid, insertAgent, proveAgent } from './agents.sql.ts'
import { arriveWithHistory } from './arrive.ts'
import { taken } from './key-history.ts'
import { findOwnerOfKey } from './keys.sql.ts'
import type { Joining } from './newcomers.ts'

type Registered = Reply<typeof agents.agentRegister>

/** The key that signed the request; nobody shows possession of a key on the path of v0. */
type Proof = { readonly did: string; readonly nonce?: string | undefined } | undefined

/** Who asks: with a proof or without. */
interface Newcomer {
  readonly key?: Proof
  readonly origin?: Origin
}

/**
 * Makes a key known, once. What an unproven registration said yields to the first one that the key itself signs. Errors:
 * `invalid_public_key`, `key_taken` and `key_revoked` for a key that was an agent's, `agent_closed`, `agent_erased`, those of a server
 * that does not take everybody; with a history those of `arriveWithHistory`.
 */
export async function registerAgent(
  joining: Joining,
  { key: proof, origin }: Newcomer,
  input: Input<typeof agents.agentRegister>,
): Promise<Registered | Alternative<Registered>> {
  const { db, log, newcomers, registered } = joining
  const key = readPublicKey(input.public_key)
  const did = didKeyOf(key)
  if (proof && proof.did !== did)
    throw new ProtocolError('invalid_public_key', `public_key is ${did}, but the request was signed by ${proof.did}`)
  const name = input.name === undefined ? undefined : cleanAgentName(input.name)
  const said = { name, email: input.email }
  if (proof && input.operations) {
    const { id, isNew } = await arriveWithHistory(joining, { did, nonce: proof.nonce, origin, ...said }, input)
    return isNew ? toReply({ id, did }) : again({ id, did })
  }
  const changesNothing = (known: AgentRow) => known.closed || known.proven || !proof
  const known = await findAgentByDid(db, did, key)
  if (known && changesNothing(known)) return there(known)

  const id = agentIdOf(key)
  const judge = () => newcomers.judge(key, proof !== undefined, input)
  if (!known) judge()
  return log.write(proof && { id, nonce: proof.nonce }, async (tx, append, audit) => {
    const present = await findAgentByDid(tx, did, key)
    if (present) {
      if (changesNothing(present)) return there(present)
      await proveAgent(tx, present.id, name, input.email)
      await audit({ type: 'agent.registered', agent: id, origin, details: { proven: true } })
      return there(present)
    }
    const owner = await findOwnerOfKey(tx, key)
    if (owner !== undefined) throw owner === id ? keyRevoked() : taken(did)
    const invitation = await judge()(tx)
    await insertAgent(tx, { id, key, did, ...said, proven: proof !== undefined, joinedAt: log.now() })
    await append({ type: 'agent.joined', agent: id })
    await audit({
      type: 'agent.registered',
      agent: id,
      origin,
      details: { proven: proof !== undefined, ...(invitation ? { invitation } : {}) },
    })
    registered()
    return toReply({ id, did })
  })
}

const toReply = ({ id, did }: Pick<AgentRow, 'id' | 'did'>) => ({ id, profile_url: `/who/${id}`, key: did })
const again = (row: Pick<AgentRow, 'id' | 'did'>) => new Alternative(toReply(row))

function there(row: AgentRow): Alternative<Registered> {
  if (row.closed) throw new ProtocolError('agent_closed', 'this agent was closed, and its key with it')
  return again(row)
}
