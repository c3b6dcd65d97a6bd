import pg from 'pg'

/** Forgets audit entries older than so many seconds, as the role that may do this and nothing else. */
export async function pruneAudit(pruning: pg.ClientConfig, retention: number): Promise<void> {
  const client = new pg.Client({ ...pruning, application_name: 'aicq prune', connectionTimeoutMillis: 5_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    while ((await client.query('select prune_audit($1) as more', [retention * 1000])).rows[0].more);
  } finally {
    await client.end().catch(() => {})
  }
}
