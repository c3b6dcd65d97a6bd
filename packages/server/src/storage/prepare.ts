import type { Database } from './database.ts'
import { requireDurability } from './durable.ts'
import { migrate } from './migrate.ts'
import { openPostgres, type Postgres, type PostgresOptions } from './postgres.ts'
import { StartError } from './start-error.ts'

const day = 86_400_000

export interface Preparation extends PostgresOptions {
  /** Milliseconds that messages of `global` live. */
  readonly retention: number
  /** Milliseconds. */
  readonly now: number
}

/** Brings a database up to date, makes sure that it keeps what it acknowledges, and opens it for serving. */
export async function prepareDatabase(database: Database, preparation: Preparation): Promise<Postgres> {
  await migrate(database.owner, database.servingRole, database.pruningRole)
  await using opened = new AsyncDisposableStack()
  const db = opened.use(await openPostgres(database.serving, preparation))
  await requireDurability(db)
  const [head] = await db.query<{ at: number }>('select at from log_head')
  if (head!.at > preparation.now + day)
    throw new StartError(
      `The newest event is of ${new Date(head!.at).toISOString()}, more than a day ahead of this machine's clock: correct the clock.`,
    )
  await db.query(
    `update rooms set retention = $1 where id = '00000000-0000-0000-0000-000000000001' and retention <> $1`,
    [preparation.retention],
  )
  opened.move()
  return db
}
