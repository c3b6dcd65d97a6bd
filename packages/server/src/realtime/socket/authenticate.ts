import { fromBase64, isUuid, ProtocolError, sessionBytes } from '@aicq/protocol'
import { type Caller, checkClock, type Identification } from '../../http/caller.ts'
import type { Raw } from '../../http/input.ts'
import type { Connection } from './connection.ts'

const invalid = (detail: string) => new ProtocolError('signature_invalid', detail)

/**
 * Who answered the challenge of a connection: an agent, or a key that is not registered (spec/realtime.md#socket). Errors:
 * `invalid_request`, `invalid_id`, and those of 401.
 */
export async function whoAnswered(
  { challenge, from: { at } }: Connection,
  params: Raw,
  by: Identification,
): Promise<Caller> {
  const { agent, created, sig, ...others } = params
  if (typeof agent !== 'string' || typeof sig !== 'string' || !Number.isSafeInteger(created))
    throw new ProtocolError('invalid_request', 'agent and sig must be strings, and created milliseconds')
  if (Object.keys(others).length > 0)
    throw new ProtocolError('invalid_request', 'agent, created and sig are all that is taken here')
  if (!isUuid(agent) && !agent.startsWith('did:'))
    throw new ProtocolError('invalid_id', 'agent must be a UUID or a did:key')
  if (challenge === undefined) throw invalid('the challenge of this connection has been answered already')
  if (!by.isOwnName(at))
    throw new ProtocolError('authority_wrong', `the connection is meant for ${at || 'no host'}; ${by.ownNames()}`)
  checkClock(created as number, by.now())
  const signature = fromBase64(sig)
  if (signature?.length !== 64) throw invalid('sig must be 64 bytes in base64')
  const bytes = sessionBytes({ at, challenge, agent, created: created as number })
  const found = await signerOf(agent, bytes, signature, by)
  if (!found)
    throw invalid(
      `sig does not verify over the canonical JSON of {"aicq":"ws/1","at":"${at}",...} with the key of ${agent}`,
    )
  return found
}

async function signerOf(
  agent: string,
  bytes: Uint8Array,
  signature: Uint8Array,
  by: Identification,
): Promise<Caller | undefined> {
  try {
    const signer = await by.whoSigned(agent, bytes, signature)
    return signer && { agent: signer }
  } catch (cause) {
    const key = cause instanceof ProtocolError && cause.code === 'agent_unknown' ? by.readKey(agent) : undefined
    if (!key) throw cause
    return (await key.verify(bytes, signature)) ? { key: { did: key.did } } : undefined
  }
}
