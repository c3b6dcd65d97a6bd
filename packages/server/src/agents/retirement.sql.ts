import type { Db } from '../storage/db.ts'

export async function insertRetired(tx: Db, hashes: readonly Buffer[]): Promise<void> {
  await tx.query('insert into retired (hash) select unnest($1::bytea[]) on conflict do nothing', [hashes])
}

/** Whether one of them is retired. */
export async function findRetired(tx: Db, hashes: readonly Buffer[]): Promise<boolean> {
  return (await tx.query('select from retired where hash = any($1::bytea[]) limit 1', [hashes])).length > 0
}
