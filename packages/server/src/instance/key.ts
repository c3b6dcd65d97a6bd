import { hkdfSync, randomBytes } from 'node:crypto'
import { type Identity, identityFromSeed, newSeed } from '@aicq/protocol'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import type { Db } from '../storage/db.ts'
import { insertKey, listKeys, lockKeys } from './key.sql.ts'

const info = Buffer.from('aicq:instance-key:1')

export interface InstanceKey {
  readonly identity: Identity
  /** did:keys, the present one first: those that the secret opens. Whoever can only write to the database makes none. */
  readonly dids: readonly string[]
  /** There was a key, and this secret does not open it. */
  readonly replaced: boolean
}

/** The instance's key, the same for all servers of a database: made at the first start, sealed with the instance's secret (32 bytes). */
export async function openInstanceKey(db: Db, secret: Uint8Array, now: number): Promise<InstanceKey> {
  const key = new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), info, 32))
  return db.transaction(async (tx) => {
    await lockKeys(tx)
    const known = await listKeys(tx)
    const opened = known.flatMap(({ key: did, sealed }) => {
      const seed = unseal(key, sealed, did)
      return seed ? [{ did, seed }] : []
    })
    if (opened[0])
      return { identity: await identityFromSeed(opened[0].seed), dids: opened.map(({ did }) => did), replaced: false }
    const fresh = newSeed()
    const identity = await identityFromSeed(fresh)
    await insertKey(tx, identity.did, seal(key, fresh, identity.did), now)
    return { identity, dids: [identity.did], replaced: known.length > 0 }
  })
}

function seal(key: Uint8Array, seed: Uint8Array, did: string): Buffer {
  const nonce = randomBytes(24)
  return Buffer.concat([nonce, xchacha20poly1305(key, nonce, Buffer.from(did)).encrypt(seed)])
}

function unseal(key: Uint8Array, sealed: Buffer, did: string): Uint8Array | undefined {
  try {
    return xchacha20poly1305(key, sealed.subarray(0, 24), Buffer.from(did)).decrypt(sealed.subarray(24))
  } catch {
    return undefined
  }
}
