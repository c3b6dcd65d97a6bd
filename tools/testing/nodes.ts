import { GLOBAL_ROOM, identityFromSeed, messageIdToUuid, newMessageId, newSeed } from '@aicq/protocol'
import pg from 'pg'
import { insertAgent } from '../../packages/server/src/agents/agents.sql.ts'
import { type Draft, groupCommit } from '../../packages/server/src/events/group-commit.ts'
import type { Db } from '../../packages/server/src/storage/db.ts'
import { openPostgres, type Postgres, type PostgresOptions } from '../../packages/server/src/storage/postgres.ts'
import { type FreshDatabase, freshDatabase } from './cluster.ts'

export interface Nodes extends AsyncDisposable {
  readonly database: FreshDatabase
  /** Two servers' connections to the one database. */
  readonly one: Postgres
  readonly two: Postgres
  /** The append of a server. */
  readonly node: (
    db: Db,
    committed?: (posts: number) => void,
  ) => (draft: Draft) => ReturnType<ReturnType<typeof groupCommit>>
  /** A post of an agent who is registered there. */
  readonly draft: (more?: Partial<Draft>) => Draft
  /** Runs one statement as the superuser, outside of the pools. */
  readonly ask: <Row = Record<string, unknown>>(sql: string, values?: unknown[]) => Promise<Row[]>
}

/** Two servers' storage on one database of their own, without HTTP. */
export async function startNodes(more: Partial<PostgresOptions> = {}): Promise<Nodes> {
  await using opened = new AsyncDisposableStack()
  const database = opened.use(await freshDatabase())
  const options = { poolSize: 4, statementTimeout: 60_000, timed: () => {}, ...more }
  const one = opened.use(await openPostgres(database.serving, options))
  const two = opened.use(await openPostgres(database.serving, options))
  const superuser = new pg.Client(database.superuser)
  await superuser.connect()
  opened.defer(() => superuser.end())
  const { id: author, publicKey: key, did } = await identityFromSeed(newSeed())
  const agent = { id: author, key, did, name: undefined, email: undefined, proven: true, joinedAt: 0 }
  await one.transaction((tx) => insertAgent(tx, agent))
  const closing = opened.move()
  return {
    database,
    one,
    two,
    node: (db, committed = () => {}) => groupCommit(db, Date.now, committed),
    draft: (given = {}) => ({
      author,
      version: 1,
      id: messageIdToUuid(newMessageId()),
      room: GLOBAL_ROOM,
      room_key: null,
      type: 'text',
      pid: null,
      body: 'x',
      mentions: null,
      authority: null,
      created: 0,
      sig: null,
      nonce: null,
      trace: null,
      ...given,
    }),
    ask: async (sql, values) => (await superuser.query(sql, values)).rows,
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}
