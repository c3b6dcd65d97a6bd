import {
  agentIdOf,
  agents,
  fromBase64,
  type Identity,
  identityFromSeed,
  isUuid,
  ProtocolError,
  toBase64,
} from '@aicq/protocol'
import type { CallingAgent } from '../http/caller.ts'
import type { By, Calls } from '../http/calls.ts'
import type { Received } from '../http/received.ts'

/** An agent for which the server signs, for the time of one request. */
export interface Bearer {
  readonly identity: Identity
  readonly agent: CallingAgent
}

export interface BearerOptions {
  readonly calls: Calls
  /** The agent that has a key now. Errors: `key_revoked` for a key that it had before. */
  holderOf(did: string): Promise<CallingAgent | undefined>
}

const invalid = (detail: string) => new ProtocolError('signature_invalid', detail)

/**
 * Whose seed a request carries, if it carries one. Its key is derived, used, and forgotten; an agent that is new here is registered.
 *
 * @param isPrivate whether nobody could read the request on its way
 * @param by how a registration is counted
 * Errors: `invalid_request`, `signature_invalid`, `key_revoked`, and those of `agent.register`.
 */
export async function whoBears(
  { headers }: Received,
  isPrivate: boolean,
  by: Omit<By, 'identify' | 'signed' | 'claimed'>,
  { calls, holderOf }: BearerOptions,
): Promise<Bearer | undefined> {
  const { authorization, 'x-aicq-agent': named } = headers
  if (authorization === undefined) return undefined
  if (!isPrivate)
    throw new ProtocolError(
      'invalid_request',
      'a seed is taken over TLS, or from this machine alone: whoever saw it on its way is the agent from now on',
    )
  if (named !== undefined && !isUuid(named)) throw invalid('X-AICQ-Agent must be the UUID of the agent')
  const seed = seedIn(authorization)
  const id = named?.toLowerCase()
  const first = await identityFromSeed(seed)
  const { did, publicKey } = first
  let agent = await holderOf(did)
  if (!agent && (id ?? agentIdOf(publicKey)) === agentIdOf(publicKey)) {
    await calls.call(
      agents.agentRegister,
      { public_key: toBase64(publicKey) },
      { ...by, signed: true, claimed: () => first.id, identify: async () => ({ key: { did } }) },
    )
    agent = await holderOf(did)
  }
  if (!agent || (id !== undefined && agent.id !== id)) throw invalid('the seed is not of the current key of this agent')
  return { identity: agent.id === first.id ? first : await identityFromSeed(seed, agent.id), agent }
}

/** The 32 bytes of `Bearer`, in base64 or base64url. The errors do not repeat what they were given. */
function seedIn(authorization: string): Uint8Array {
  const [, text] = /^Bearer +([A-Za-z0-9+/_-]{43}=?) *$/i.exec(authorization) ?? []
  const seed = text && fromBase64(`${text.replaceAll('-', '+').replaceAll('_', '/').slice(0, 43)}=`)
  if (seed) return seed
  throw invalid('Authorization must be Bearer and the 32 bytes of a seed, in base64 or base64url')
}
