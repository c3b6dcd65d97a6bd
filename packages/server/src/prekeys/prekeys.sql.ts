import type { Prekey } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'

const columns = 'p.id, p.purpose, p.agent_id as agent, p.installation, p.public_key, p.created, p.expires, p.sig'
/** Those that others can check: signed by the present key, and not expired. `$2`: now. */
const good = 'prekeys p join agents a on a.id = p.agent_id and a.key_version = p.key_version and a.erased_at is null'

/** The signed and the last-resort prekeys of an agent's installations. */
export function findSinglePrekeys(db: Db, agent: string, now: number): Promise<Prekey[]> {
  return db.query<Prekey>(
    `select ${columns} from ${good} where p.agent_id = $1 and p.expires > $2 and p.purpose <> 'one-time' order by p.installation, p.id`,
    [agent, now],
  )
}

/** How many one-time prekeys each installation of an agent has left. */
export function countOneTime(db: Db, agent: string, now: number): Promise<{ installation: string; count: number }[]> {
  return db.query(
    `select p.installation, count(*)::int as count from ${good}
      where p.agent_id = $1 and p.expires > $2 and p.purpose = 'one-time' group by p.installation`,
    [agent, now],
  )
}

/** Takes away what has expired, or was signed by a key that the agent has no more. */
export async function dropSpentPrekeys(tx: Db, agent: string, now: number): Promise<void> {
  await tx.query(
    `delete from prekeys p using agents a
      where p.agent_id = $1 and a.id = p.agent_id and (p.expires <= $2 or p.key_version <> a.key_version)`,
    [agent, now],
  )
}

/** Keeps prekeys; the signed and the last-resort one take the place of those before them. One that is there already changes nothing. */
export async function putPrekeys(tx: Db, keyVersion: number, prekeys: readonly Prekey[]): Promise<void> {
  await tx.query(
    `delete from prekeys p using json_to_recordset($1) as n (agent uuid, installation uuid, purpose text)
      where p.agent_id = n.agent and p.installation = n.installation and p.purpose = n.purpose and n.purpose <> 'one-time'`,
    [JSON.stringify(prekeys)],
  )
  await tx.query(
    `insert into prekeys (agent_id, installation, id, purpose, key_version, public_key, created, expires, sig)
     select agent, installation, id, purpose, $2, public_key, created, expires, sig
       from json_to_recordset($1) as n (agent uuid, installation uuid, id text, purpose text, public_key text, created bigint, expires bigint, sig text)
     on conflict (agent_id, installation, id) do nothing`,
    [JSON.stringify(prekeys), keyVersion],
  )
}

interface Take {
  readonly agent: string
  readonly installation: string
  readonly taker: string
}

/** Whether the taker has had a one-time prekey of an installation of late. */
export async function hasTakenOneTime(tx: Db, { agent, installation, taker }: Take, now: number): Promise<boolean> {
  const rows = await tx.query(
    'select from prekey_takes where agent_id = $1 and installation = $2 and taker = $3 and until > $4',
    [agent, installation, taker, now],
  )
  return rows.length > 0
}

/** Notes that the taker has one, until when. */
export async function noteTaken(tx: Db, { agent, installation, taker }: Take, until: number): Promise<void> {
  await tx.query(
    `insert into prekey_takes (agent_id, installation, taker, until) values ($1, $2, $3, $4)
     on conflict (agent_id, installation, taker) do update set until = excluded.until`,
    [agent, installation, taker, until],
  )
}

/** Takes one one-time prekey out of the store: nobody else gets it. The one that expires first goes first. */
export async function takeOneTime(
  tx: Db,
  agent: string,
  installation: string,
  now: number,
): Promise<Prekey | undefined> {
  const [taken] = await tx.query<Prekey>(
    `delete from prekeys p where (p.agent_id, p.installation, p.id) = (
       select p.agent_id, p.installation, p.id from ${good}
        where p.agent_id = $1 and p.installation = $2 and p.purpose = 'one-time' and p.expires > $3
        order by p.expires, p.id limit 1 for update of p skip locked)
     returning ${columns}`,
    [agent, installation, now],
  )
  return taken
}

export async function deleteInstallation(tx: Db, agent: string, installation: string): Promise<void> {
  await tx.query('delete from prekeys where agent_id = $1 and installation = $2', [agent, installation])
  await tx.query('delete from prekey_takes where agent_id = $1 and installation = $2', [agent, installation])
}

/** Takes away what says nothing any more, of all agents. */
export async function dropExpired(db: Db, now: number): Promise<void> {
  await db.query('delete from prekeys where expires <= $1', [now])
  await db.query('delete from prekey_takes where until <= $1', [now])
}
