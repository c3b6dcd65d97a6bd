import type pg from 'pg'
import { connection } from './cluster.ts'
import { startEmbedded } from './embedded.ts'

/** A PostgreSQL to work with; disposing of it stops the embedded one. */
export interface Database extends AsyncDisposable {
  /** Who makes tables. */
  readonly owner: pg.ClientConfig
  /** Who reads and writes rows. */
  readonly serving: pg.ClientConfig
  /** The role of `serving`, where it is another than the owner. */
  readonly servingRole: string | undefined
  /** Where the data is, in words. */
  readonly location: string
  readonly notes: readonly string[]
}

/** The PostgreSQL at `url`, with an owner of its own if `ownerUrl` is given; else the embedded one, started in `dataDir`. */
export async function openDatabase(
  url: string | undefined,
  ownerUrl: string | undefined,
  dataDir: string,
): Promise<Database> {
  if (!url) return embedded(dataDir)
  return {
    owner: { connectionString: ownerUrl ?? url },
    serving: { connectionString: url },
    servingRole: ownerUrl ? decodeURIComponent(new URL(url).username) : undefined,
    location: `PostgreSQL at ${new URL(url).host || 'a local socket'}`,
    notes: [],
    [Symbol.asyncDispose]: async () => {},
  }
}

async function embedded(dataDir: string): Promise<Database> {
  const cluster = await startEmbedded(dataDir)
  return {
    owner: connection(cluster, 'aicq_owner', 'aicq'),
    serving: connection(cluster, 'aicq_server', 'aicq'),
    servingRole: 'aicq_server',
    location: cluster.location,
    notes: cluster.notes,
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  }
}
