import { createHmac, hkdfSync } from 'node:crypto'
import { ProtocolError } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { findRetired, insertRetired } from './retirement.sql.ts'

/** Ids and keys that were those of an erased agent. Only keyed hashes are kept: without the instance's secret they say nothing. */
export interface Retirement {
  /** Never takes the id and these keys again. */
  retire(tx: Db, id: string, keys: readonly Uint8Array[]): Promise<void>
  /** To be asked, in the transaction that takes it, wherever a key enters. Errors: `agent_erased`. */
  refuse(tx: Db, key: Uint8Array, id?: string): Promise<void>
}

/** `secret`: the instance's, 32 bytes; with another one, whoever was erased may come back. */
export function openRetirement(secret: Uint8Array): Retirement {
  const hmacKey = new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(0), 'aicq:retired:1', 32))
  const hash = (kind: 'id' | 'key', value: string | Uint8Array) =>
    createHmac('sha256', hmacKey).update(`${kind}:`).update(value).digest()
  return {
    retire: (tx, id, keys) => insertRetired(tx, [hash('id', id), ...keys.map((key) => hash('key', key))]),
    async refuse(tx, key, id) {
      if (await findRetired(tx, [hash('key', key), ...(id ? [hash('id', id)] : [])]))
        throw new ProtocolError('agent_erased', 'an agent with this key was erased, and the key is never taken again')
    },
  }
}
