import { toBase64 } from '../base64.ts'
import type { Identity } from '../identity.ts'
import { canonicalBytes } from './canonical.ts'

/** What an agent signs to say on a socket who it is (spec/realtime.md#socket). */
export interface SessionEnvelope {
  /** Host and port of the instance that sent the challenge, as the caller connected to it, lower case. */
  readonly at: string
  /** The challenge, as it came. */
  readonly challenge: string
  /** The agent's UUID or did:key, as it is sent along. */
  readonly agent: string
  /** Milliseconds, by the agent's clock. */
  readonly created: number
}

/** The bytes that are signed: RFC 8785 canonical JSON of the envelope. Errors: `invalid_request` for what has no canonical form. */
export function sessionBytes({ at, challenge, agent, created }: SessionEnvelope): Uint8Array {
  return canonicalBytes('session', { aicq: 'ws/1', at, challenge, agent, created })
}

/** The `sig` of `session.authenticate`: base64 of 64 bytes. Sign for the host that you connected to, whatever `at` came. */
export async function signSession(identity: Identity, envelope: SessionEnvelope): Promise<string> {
  return toBase64(await identity.sign(sessionBytes(envelope)))
}
