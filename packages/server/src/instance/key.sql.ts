import type { Db } from '../storage/db.ts'

/** So that servers that start together make one key: held until the transaction ends. */
export async function lockKeys(tx: Db): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(4149438)')
}

/** The newest first. `key`: did:key. */
export function listKeys(db: Db): Promise<{ key: string; sealed: Buffer }[]> {
  return db.query('select key, sealed from instance_keys order by made_at desc, key')
}

export async function insertKey(tx: Db, key: string, sealed: Uint8Array, now: number): Promise<void> {
  await tx.query(
    `insert into instance_keys (key, sealed, made_at)
     values ($1, $2, greatest($3, (select max(made_at) + 1 from instance_keys)))`,
    [key, sealed, now],
  )
}
