import { Buffer } from 'node:buffer'
import pg from 'pg'
import { type AuditEntry, type AuditReport, type Identity, verifyAudit } from '../../packages/protocol/src/index.ts'
import { linkEntries, makeCheckpoint } from '../../packages/server/src/audit/chain.ts'
import { openInstanceKey } from '../../packages/server/src/instance/key.ts'
import { openPostgres, type Postgres } from '../../packages/server/src/storage/postgres.ts'
import { send } from './requests.ts'
import type { TestServer } from './server.ts'

/** The audit of a server, brought up to date when a test asks, not when its time comes. */
export interface TestAudit extends AsyncDisposable {
  readonly db: Postgres
  /** Links all entries. */
  link(): Promise<void>
  /** Links all entries and signs a checkpoint. */
  checkpoint(): Promise<void>
  /** All entries as the administrator reads them, the oldest first. */
  entries(): Promise<AuditEntry[]>
  /** What a verifier finds who trusts the instance's key of now. `now`: the verifier's clock (ms). */
  verify(now?: number): Promise<AuditReport>
  /** Runs SQL as the owner of the tables, whom nothing stops. */
  asOwner(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>
}

export async function openAudit(server: TestServer, admin: Identity): Promise<TestAudit> {
  const db = await openPostgres(server.database.serving, { poolSize: 2, statementTimeout: 60_000, timed: () => {} })
  const { identity: instance } = await openInstanceKey(db, Buffer.from('ab'.repeat(32), 'hex'), Date.now())
  const made: TestAudit = {
    db,
    link: () => linkEntries(db),
    async checkpoint() {
      await linkEntries(db)
      await makeCheckpoint(db, instance, Date.now(), 0)
    },
    async entries() {
      await linkEntries(db)
      return (await send(server.url, 'GET /v1/audit?order=asc&limit=1000', { as: admin })).body.entries
    },
    async verify(now) {
      const { body } = await send(server.url, 'GET /v1/audit/checkpoints?limit=1000')
      return verifyAudit(await made.entries(), body.checkpoints, [instance.did], now)
    },
    async asOwner(sql, values) {
      const client = new pg.Client(server.database.owner)
      await client.connect()
      try {
        return (await client.query(sql, values)).rows
      } finally {
        await client.end()
      }
    },
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  }
  return made
}
