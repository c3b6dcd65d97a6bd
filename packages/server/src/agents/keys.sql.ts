import type { KeyOperation } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'

/** The operations that an agent signed, in their order; none: it has its first key and no more. */
export async function findOperations(db: Db, agent: string): Promise<KeyOperation[]> {
  const rows = await db.query<{ operation: KeyOperation }>(
    'select operation from key_operations where agent_id = $1 order by version',
    [agent],
  )
  return rows.map(({ operation }) => operation)
}

/** The hash of the last operation that is stored. */
export async function findLastHash(tx: Db, agent: string): Promise<string | undefined> {
  const [row] = await tx.query<{ hash: string }>(
    'select hash from key_operations where agent_id = $1 order by version desc limit 1',
    [agent],
  )
  return row?.hash
}

/** Stores a history from its operation `from` on, in place of what there may be. */
export async function replaceOperations(
  tx: Db,
  agent: string,
  from: number,
  operations: readonly { readonly hash: string; readonly operation: KeyOperation }[],
): Promise<void> {
  await tx.query('delete from key_operations where agent_id = $1 and version >= $2', [agent, from])
  await tx.query(
    `insert into key_operations (agent_id, version, hash, operation)
     select $1, $2 + nth - 1, one ->> 'hash', one -> 'operation'
       from json_array_elements($3::json) with ordinality list (one, nth)`,
    [agent, from, JSON.stringify(operations)],
  )
}

/** did:keys that this server ever took for the agent's. */
export async function findKeys(tx: Db, agent: string): Promise<string[]> {
  const rows = await tx.query<{ did: string }>('select did from agent_keys where agent_id = $1', [agent])
  return rows.map(({ did }) => did)
}

/**
 * Takes a key for an agent: its version, null if it is or was another's. `yielded`: whose registration, which nobody had proven, was in the
 * way and is gone.
 */
export async function takeKey(
  tx: Db,
  agent: string,
  key: Uint8Array,
  did: string,
  now: number,
): Promise<{ version: number | null; yielded: string | null }> {
  const [row] = await tx.query<{ version: number | null; yielded: string | null }>(
    'select version, yielded from take_key($1, $2, $3, $4)',
    [agent, key, did, now],
  )
  return row!
}

/** Notes keys that an agent had elsewhere before; those that are or were another's here stay so. */
export async function takeFormerKeys(
  tx: Db,
  agent: string,
  keys: readonly { readonly did: string; readonly key: Uint8Array }[],
): Promise<void> {
  await tx.query(
    `insert into agent_keys (agent_id, version, key, did)
     select $1, (select max(version) from agent_keys where agent_id = $1) + row_number() over (order by nth), n.key, n.did
       from unnest($2::bytea[], $3::text[]) with ordinality n (key, did, nth)
      where not exists (select from agent_keys k where k.key = n.key and not k.ends)`,
    [agent, keys.map(({ key }) => Buffer.from(key)), keys.map(({ did }) => did)],
  )
}

/** Takes away what was offered and answered by a key that is not the agent's current one. */
export async function closeExchanges(tx: Db, agent: string): Promise<void> {
  await tx.query(
    `delete from key_exchanges x using agents a
      where a.id = $1 and ((x.author = a.id and x.author_key <> a.key_version) or (x.recipient = a.id and x.answer_key <> a.key_version))`,
    [agent],
  )
}

/** Makes a key that was taken the current one of an agent, which is proven by that; false if it was so already. */
export async function setCurrentKey(tx: Db, agent: string, did: string): Promise<boolean> {
  const [row] = await tx.query<{ changed: boolean }>(
    `update agents a set key_version = k.version, proven = true
       from agents before join agent_keys k on k.agent_id = before.id and k.did = $2 and not k.ends
      where before.id = $1 and a.id = before.id returning before.key_version <> k.version as changed`,
    [agent, did],
  )
  return row!.changed
}

/** Leaves an agent without a key. */
export async function endKeys(tx: Db, agent: string): Promise<void> {
  await tx.query(
    `with last as (
       insert into agent_keys (agent_id, version, key, did, ends)
       select k.agent_id, (select max(version) + 1 from agent_keys where agent_id = $1), k.key, k.did, true
         from agents a join agent_keys k on k.agent_id = a.id and k.version = a.key_version where a.id = $1
       returning version
     )
     update agents set key_version = last.version from last where id = $1`,
    [agent],
  )
}

/** Whose key it is or was. */
export async function findOwnerOfKey(db: Db, key: Uint8Array): Promise<string | undefined> {
  const [row] = await db.query<{ agent_id: string }>('select agent_id from agent_keys where key = $1 and not ends', [
    key,
  ])
  return row?.agent_id
}

/** The newest keys that an agent had before its current one. */
export async function findRetiredKeys(db: Db, agent: string, most: number): Promise<Buffer[]> {
  const rows = await db.query<{ key: Buffer }>(
    `select k.key from agent_keys k join agents a on a.id = k.agent_id
      where k.agent_id = $1 and k.version <> a.key_version order by k.version desc limit $2`,
    [agent, most],
  )
  return rows.map(({ key }) => key)
}

/** Whether a version of an agent's key is the one that signs now. */
export async function isCurrentKey(db: Db, agent: string, version: number): Promise<boolean> {
  const rows = await db.query('select from agents where id = $1 and key_version = $2 and erased_at is null', [
    agent,
    version,
  ])
  return rows.length > 0
}
