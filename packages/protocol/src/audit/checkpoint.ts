import { toBase64 } from '../base64.ts'
import type { Identity } from '../identity.ts'
import { canonicalBytes } from '../signing/canonical.ts'
import { isSignedBy } from '../signing/proof.ts'

/** What an instance says of its audit (spec/audit.md#checkpoints): whoever keeps one sees when what lies before it is rewritten. */
export interface AuditCheckpoint {
  /** How many entries there had been. */
  readonly count: number
  /** The link of the last of them, in hex. */
  readonly root: string
  /** Milliseconds, by the server's clock. */
  readonly at: number
  /** did:key of the instance. */
  readonly key: string
  /** Ed25519, base64. */
  readonly sig: string
}

const checkpointBytes = ({ count, root, at, key }: Omit<AuditCheckpoint, 'sig'>): Uint8Array =>
  canonicalBytes('checkpoint', { aicq: 'audit/1', count, root, at, key })

/** Signs a checkpoint with the instance's key. */
export async function signCheckpoint(
  instance: Pick<Identity, 'did' | 'sign'>,
  state: { readonly count: number; readonly root: string; readonly at: number },
): Promise<AuditCheckpoint> {
  const { count, root, at } = state
  const said = { count, root, at, key: instance.did }
  return { ...said, sig: toBase64(await instance.sign(checkpointBytes(said))) }
}

/** Whether a checkpoint is signed by the key that it names. */
export const verifyCheckpoint = ({ sig, ...said }: AuditCheckpoint): Promise<boolean> =>
  isSignedBy(said.key, sig, () => checkpointBytes(said))
