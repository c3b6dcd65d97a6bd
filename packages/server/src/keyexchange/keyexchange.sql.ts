import type { KeyExchange, KeyOffer } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'

interface ExchangeRow {
  readonly id: string
  readonly author: string
  readonly author_did: string
  readonly recipient: string
  readonly purpose: string
  readonly public_key: string
  readonly created: number
  readonly expires: number
  readonly sig: string
  readonly state: KeyExchange['state']
  readonly answer_did: string | null
  readonly answer_public_key: string
  readonly answer_created: number
  readonly answer_sig: string
}

const columns = `x.id, x.author, k.did as author_did, x.recipient, x.purpose, x.public_key, x.created, x.expires, x.sig, x.state,
  r.did as answer_did, x.answer_public_key, x.answer_created, x.answer_sig`
const keys = `join agent_keys k on k.agent_id = x.author and k.version = x.author_key
  join agents a on a.id = x.author and a.erased_at is null join agents b on b.id = x.recipient and b.erased_at is null
  left join agent_keys r on r.agent_id = x.recipient and r.version = x.answer_key`

/** Exchanges of an agent that have not expired, oldest first: what waits for it, and all that it offered. */
export async function findExchanges(
  db: Db,
  agent: string,
  { received, sent }: { received: boolean; sent: boolean },
  now: number,
): Promise<KeyExchange[]> {
  const rows = await db.query<ExchangeRow>(
    `select ${columns} from key_exchanges x ${keys}
      where x.expires > $2 and (($3 and x.recipient = $1 and x.state = 'pending') or ($4 and x.author = $1)) order by x.id`,
    [agent, now, received, sent],
  )
  return rows.map(toExchange)
}

export async function findExchange(db: Db, id: string, now: number): Promise<KeyExchange | undefined> {
  const [row] = await db.query<ExchangeRow>(
    `select ${columns} from key_exchanges x ${keys} where x.id = $1 and x.expires > $2`,
    [id, now],
  )
  return row && toExchange(row)
}

/** How many offers wait for a recipient, in all and from one author; an author's answered ones count until they expire. */
export async function countWaiting(
  tx: Db,
  author: string,
  recipient: string,
  now: number,
): Promise<{ pair: number; all: number }> {
  const [row] = await tx.query<{ pair: number; all: number }>(
    `select count(*) filter (where author = $1)::int as pair, count(*) filter (where state = 'pending')::int as "all"
       from key_exchanges where recipient = $2 and expires > $3`,
    [author, recipient, now],
  )
  return row!
}

export async function insertExchange(
  tx: Db,
  id: string,
  authorKey: number,
  offer: KeyOffer & { readonly sig: string },
): Promise<void> {
  const { from, to, purpose, public_key, created, expires, sig } = offer
  await tx.query(
    `insert into key_exchanges (id, author, author_key, recipient, purpose, public_key, created, expires, sig)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [id, from, authorKey, to, purpose, public_key, created, expires, sig],
  )
}

/** Accepts what still waits; false if it does not. */
export async function acceptExchange(
  tx: Db,
  id: string,
  answer: { readonly key: number; readonly public_key: string; readonly created: number; readonly sig: string },
): Promise<boolean> {
  const rows = await tx.query(
    `update key_exchanges set state = 'accepted', answer_key = $2, answer_public_key = $3, answer_created = $4, answer_sig = $5
      where id = $1 and state = 'pending' returning id`,
    [id, answer.key, answer.public_key, answer.created, answer.sig],
  )
  return rows.length > 0
}

export async function declineExchange(tx: Db, id: string): Promise<void> {
  await tx.query(`update key_exchanges set state = 'declined' where id = $1 and state = 'pending'`, [id])
}

export async function deleteExchange(tx: Db, id: string): Promise<void> {
  await tx.query('delete from key_exchanges where id = $1', [id])
}

/** Takes away what has expired, of all agents. */
export async function dropExpiredExchanges(db: Db, now: number): Promise<void> {
  await db.query('delete from key_exchanges where expires <= $1', [now])
}

function toExchange(row: ExchangeRow): KeyExchange {
  const { id, author, author_did, recipient, purpose, public_key, created, expires, sig, state } = row
  const answer = row.answer_did !== null && {
    answer: {
      key: row.answer_did,
      public_key: row.answer_public_key,
      created: row.answer_created,
      sig: row.answer_sig,
    },
  }
  return {
    id,
    from: author,
    from_key: author_did,
    to: recipient,
    purpose,
    public_key,
    created,
    expires,
    sig,
    state,
    ...answer,
  }
}
