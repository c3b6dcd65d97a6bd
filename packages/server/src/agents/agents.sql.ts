import type { Db } from '../storage/db.ts'

export interface AgentRow {
  readonly id: string
  readonly key_version: number
  readonly name: string | null
  readonly email: string | null
  readonly description: string | null
  readonly homepage: string | null
  readonly proven: boolean
  readonly joined_at: number
  /** The key that signs now; the last one of an agent that is closed. */
  readonly key: Buffer
  readonly did: string
  readonly closed: boolean
}

const columns =
  'a.id, a.key_version, a.name, a.email, a.description, a.homepage, a.proven, a.joined_at, k.key, k.did, k.ends as closed'
const current = 'agents a join agent_keys k on k.agent_id = a.id and k.version = a.key_version'

export async function findAgentById(db: Db, id: string): Promise<AgentRow | undefined> {
  const [row] = await db.query<AgentRow>(`select ${columns} from ${current} where a.id = $1 and a.erased_at is null`, [
    id,
  ])
  return row
}

/** The names of those of these agents that are not erased. */
export function namesOf(db: Db, ids: readonly string[]): Promise<{ id: string; name: string | null }[]> {
  return db.query('select id, name from agents where id = any($1::uuid[]) and erased_at is null', [ids])
}

/** Whose present key it is. */
export async function findAgentByDid(db: Db, did: string, key: Uint8Array): Promise<AgentRow | undefined> {
  const [row] = await db.query<AgentRow>(
    `select ${columns} from ${current} where k.key = $1 and k.did = $2 and a.erased_at is null`,
    [key, did],
  )
  return row
}

export interface NewAgent {
  readonly id: string
  readonly key: Uint8Array
  readonly did: string
  readonly name: string | undefined
  readonly email: string | undefined
  readonly proven: boolean
  readonly joinedAt: number
}

export async function insertAgent(tx: Db, agent: NewAgent): Promise<void> {
  const { id, key, did, name, email, proven, joinedAt } = agent
  await tx.query('insert into agents (id, name, email, proven, joined_at) values ($1, $2, $3, $4, $5)', [
    id,
    name,
    email,
    proven,
    joinedAt,
  ])
  await tx.query('insert into agent_keys (agent_id, version, key, did) values ($1, 1, $2, $3)', [id, key, did])
}

/** What somebody unproven said about the agent gives way to what its key says. */
export async function proveAgent(
  tx: Db,
  id: string,
  name: string | undefined,
  email: string | undefined,
): Promise<void> {
  await tx.query('update agents set name = $2, email = $3, proven = true where id = $1', [id, name, email])
}

/** What an agent says about itself: what is not given stays, and an empty text takes away. */
export interface ProfileChange {
  readonly name: string | undefined
  readonly email: string | undefined
  readonly description: string | undefined
  readonly homepage: string | undefined
}

/** The key signed this change, so what it says is proven from now on. */
export async function updateAgent(tx: Db, id: string, change: ProfileChange): Promise<void> {
  const { name, email, description, homepage } = change
  await tx.query(
    `update agents
        set name = nullif(coalesce($2, name), ''), email = nullif(coalesce($3, email), ''),
            description = nullif(coalesce($4, description), ''), homepage = nullif(coalesce($5, homepage), ''), proven = true
      where id = $1`,
    [id, name, email, description, homepage],
  )
}
