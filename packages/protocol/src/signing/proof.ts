import { fromBase64 } from '../base64.ts'
import { ProtocolError } from '../errors.ts'
import { verifyEd25519 } from '../identity.ts'
import { agentIdOf, publicKeyOfDidKey } from '../ids.ts'
import { checkPublicKey } from '../keys.ts'

/** Whether a message proves its author: `unsigned` carries no proof, `forged` carries a wrong one. */
export type Proof = 'proven' | 'unsigned' | 'forged'

/** Whether a did:key is the key from which an agent's id was made (spec/identity.md#agent-id). */
export function isKeyOf(key: string, agent: string): boolean {
  const publicKey = publicKeyOfDidKey(key)
  return publicKey !== undefined && agentIdOf(publicKey) === agent
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
