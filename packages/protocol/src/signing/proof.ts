import { fromBase64 } from '../base64.ts'
import { ProtocolError } from '../errors.ts'
import { verifyEd25519 } from '../identity.ts'
import { agentIdOf, publicKeyOfDidKey } from '../ids.ts'
import { checkPublicKey } from '../keys.ts'

/** Whether a message proves its author: `unsigned` carries no proof, `forged` carries a wrong one. */
export type Proof = 'proven' | 'unsigned' | 'forged'

/** The keys of an agent, from its verified history. */
export interface KnownKeys {
  readonly agent: string
  readonly keys: readonly { readonly key: string }[]
}

/** Whether a did:key is the key from which an agent's id was made (spec/identity.md#agent-id), or one that its history names. */
export function isKeyOf(key: string, agent: string, known?: KnownKeys): boolean {
  const publicKey = publicKeyOfDidKey(key)
  if (publicKey !== undefined && agentIdOf(publicKey) === agent) return true
  return known?.agent === agent && known.keys.some((one) => one.key === key)
}

/**
 * Whether `sig` (base64) is the signature of a did:key over bytes; `false` also for weak keys, and where `bytes` finds that there is no
 * canonical form.
 */
export async function isSignedBy(key: string, sig: string, bytes: () => Uint8Array): Promise<boolean> {
  const publicKey = publicKeyOfDidKey(key)
  const signature = fromBase64(sig)
  if (!publicKey || !signature) return false
  try {
    checkPublicKey(publicKey) // some platforms verify anything by a key of small order
    return await verifyEd25519(publicKey, signature, bytes())
  } catch (error) {
    if (error instanceof ProtocolError) return false
    throw error
  }
}
