import { checkPrekey, type Identity, type Prekey } from '@aicq/protocol'
import { AicqError } from '../errors.ts'
import { declare } from '../keys.ts'
import type { Transport } from '../transport.ts'
import { peerChange, readPeer } from './state.ts'
import type { Kept } from './store.ts'

/** An installation as a server lists it. */
export interface Listed {
  readonly installation: string
  readonly signed: Prekey
}

/** Whom a message is for. `publicKey`: of whom it is known that it is the agent's. */
export interface Recipient {
  readonly agent: string
  readonly publicKey: Uint8Array
  /** Whether its key history announces that it reads `aicq-dm-v2`. */
  readonly announced: boolean
}

/**
 * Whether an agent reads `aicq-dm-v2`. Its key history announces that, and so does a signed prekey; once seen it is remembered, so that
 * no server can lead us back to `aicq-dm-v1` by hiding it. Errors: `prekey_invalid`, `prekey_expired`; `downgrade_refused` if nothing is
 * left of what was announced.
 *
 * @param now milliseconds
 */
export async function announcesV2(kept: Kept, to: Recipient, listed: readonly Listed[], now: number): Promise<boolean> {
  if (to.announced) await remember(kept, to.agent)
  for (const { installation, signed } of listed) await checkPrekey(signed, { ...to, installation }, ['signed'], now)
  if (listed.length > 0) await remember(kept, to.agent)
  else if (await readPeer(kept, to.agent))
    throw new AicqError(
      'downgrade_refused',
      `agent ${to.agent} reads aicq-dm-v2, and the server gives no installation of it: nothing was sent`,
      { retryable: true, status: 0 },
    )
  return listed.length > 0
}

async function remember(kept: Kept, agent: string): Promise<void> {
  if (!(await readPeer(kept, agent))) await kept.write(peerChange(agent, { sessions: [] }))
}

/** Announces in the agent's key history, once and for good, that it reads `aicq-dm-v2` (spec/key-history.md). */
export async function announceV2(transport: Transport, identity: Identity): Promise<void> {
  const isAnnounced = async () => (await transport.histories.of(identity.id)).history.dm !== undefined
  if (await isAnnounced()) return
  try {
    await declare(transport, identity, { dm: 'aicq-dm-v2' })
  } catch (error) {
    // another installation of the agent may have been faster
    if (!(error instanceof AicqError) || error.code !== 'key_history_conflict' || !(await isAnnounced())) throw error
  }
}
