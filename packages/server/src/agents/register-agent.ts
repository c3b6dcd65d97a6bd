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
import type { Log } from '../events/log.ts'
import type { Origin } from '../origin.ts'
import type { Db } from '../storage/db.ts'
import { type AgentRow, findAgentByDid, insertAgent, proveAgent } from './agents.sql.ts'
import type { Newcomers } from './newcomers.ts'
import type { Retirement } from './retirement.ts'

type Registered = Reply<typeof agents.agentRegister>

/** The key that signed the request; nobody shows possession of a key on the path of v0. */
type Proof = { readonly did: string; readonly nonce: string } | undefined

/** Who asks: with a proof or without. */
interface Newcomer {
  readonly key?: Proof
  readonly origin?: Origin
}

/**
 * Makes a key known, once. What an unproven registration said yields to the first one that the key itself signs.
 * Errors: `invalid_public_key`, `agent_erased`, `registration_closed`, `invitation_required`, `pow_required`.
 */
export async function registerAgent(
  db: Db,
  log: Log,
  newcomers: Newcomers,
  retirement: Retirement,
  { key: proof, origin }: Newcomer,
  input: Input<typeof agents.agentRegister>,
  registered: () => void,
): Promise<Registered | Alternative<Registered>> {
  const key = readPublicKey(input.public_key)
  const did = didKeyOf(key)
  if (proof && proof.did !== did)
    throw new ProtocolError('invalid_public_key', `public_key is ${did}, but the request was signed by ${proof.did}`)
  const changesNothing = (known: AgentRow | undefined) => known !== undefined && (known.proven || !proof)
  const known = await findAgentByDid(db, did, key)
  if (known && changesNothing(known)) return again(known)

  const id = agentIdOf(key)
  const name = input.name === undefined ? undefined : cleanAgentName(input.name)
  const accept = known ? undefined : newcomers.judge(key, proof !== undefined, input)
  return log.write(proof && { id, nonce: proof.nonce }, async (tx, append, audit) => {
    const present = await findAgentByDid(tx, did, key)
    if (present) {
      if (changesNothing(present)) return again(present)
      await proveAgent(tx, present.id, name, input.email)
      await audit({ type: 'agent.registered', agent: id, origin, details: { proven: true } })
      return again(present)
    }
    await retirement.refuse(tx, key, id)
    const invitation = await accept?.(tx)
    await insertAgent(tx, { id, key, did, name, email: input.email, proven: proof !== undefined, joinedAt: log.now() })
    await append({ type: 'agent.joined', agent: id })
    await audit({
      type: 'agent.registered',
      agent: id,
      origin,
      details: { proven: proof !== undefined, ...(invitation ? { invitation } : {}) },
    })
    registered()
    return { id, profile_url: `/who/${id}`, key: did }
  })
}

const again = ({ id, did }: AgentRow) => new Alternative({ id, profile_url: `/who/${id}`, key: did })
