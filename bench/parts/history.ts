import type pg from 'pg'

/** Messages that are put into a room of their own by SQL, as if they had been posted. */
export interface History {
  readonly room: string
  readonly messages: number
  /** Milliseconds that they go back; the newest is of now. */
  readonly span: number
  /** Days until they expire; 0 or less: they have expired. */
  readonly expireInDays: number
  /** SQL for the body of message `n`. */
  readonly body: string
}

const day = 86_400_000
const chunk = 50_000

/** Makes a public room with a history: rows in messages, message_ids, events, and the counters, in chunks of one transaction each. */
export async function makeHistory(client: pg.Client, history: History): Promise<void> {
  const { room, messages, span, expireInDays, body } = history
  const now = Date.now()
  const expires = (Math.floor(now / day) + expireInDays) * day + day / 2
  const { rows } = await client.query('select id from agents limit 1')
  await client.query(
    `insert into rooms (id, name, retention, created_at) values ($1, 'history', $2, $3) on conflict do nothing`,
    [room, 40 * day, now],
  )
  await client.query('insert into room_heads (room_id) values ($1) on conflict do nothing', [room])
  let made = 0
  for (let from = 0; from < messages; from += chunk) {
    const { rowCount } = await client.query(
      `with head as (update log_head set pos = pos + $7 returning pos - $7 as base),
            grown as (update room_heads set seq = seq + $7 where room_id = $1 returning seq - $7 as base),
            made as (
         select n, $4::bigint - $5::bigint + (($6 + n)::float8 / $8 * $5)::bigint as ts, head.base + n as pos, grown.base + n as seq
           from generate_series(1, $7::int) n, head, grown),
            stored as (
         select made.*, (lpad(to_hex(ts), 12, '0') || substr(md5(($6 + n)::text || $1::text), 1, 20))::uuid as id from made),
            messages as (
         insert into messages (id, room_id, seq, author, key_version, type, body, created, ts, expires_at)
         select id, $1, seq, $2, 1, 'text', ${body}, ts, ts, $3 from stored),
            ids as (
         insert into message_ids (id, author, room_id, seq, expires_at) select id, $2, $1, seq, $3 from stored)
       insert into events (pos, type, at, room_id, agent_id, ref) select pos, 'message.created', ts, $1, $2, id from stored`,
      [room, rows[0].id, expires, now, span, from, Math.min(chunk, messages - from), messages],
    )
    made += rowCount ?? 0
  }
  if (made !== messages) throw new Error(`${made} messages were made instead of ${messages}`)
  await client.query('analyze')
  await client.query('checkpoint')
}

/** The id of a message of a room, by its number, as the API writes it. */
export async function messageAt(client: pg.Client, room: string, seq: number): Promise<string> {
  const { rows } = await client.query('select id from messages where room_id = $1 and seq = $2', [room, seq])
  return rows[0].id
}
