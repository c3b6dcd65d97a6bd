import { createHmac } from 'node:crypto'
import { verifyStored } from './audit/verify-stored.ts'
import type { Config } from './config.ts'
import { readSecret } from './instance/secret.ts'
import { backUp } from './storage/backup/backup.ts'
import { restore } from './storage/backup/restore.ts'
import { checkTables, type Finding } from './storage/check.ts'
import { type Database, openDatabase } from './storage/database.ts'
import { readExport } from './storage/export/read.ts'
import { writeExport } from './storage/export/write.ts'
import { requireMigrated } from './storage/migrate.ts'
import { openPostgres } from './storage/postgres.ts'
import { takeServingLock } from './storage/serving-lock.ts'
import { StartError } from './storage/start-error.ts'

/** What a server has already: settings, and where it keeps its data. */
type Place = Pick<Config, 'databaseUrl' | 'databaseOwnerUrl' | 'databasePrunerUrl' | 'dataDir' | 'instanceSecret'>

const open = ({ databaseUrl, databaseOwnerUrl, databasePrunerUrl, dataDir }: Place): Promise<Database> =>
  openDatabase(databaseUrl, databaseOwnerUrl, databasePrunerUrl, dataDir)

const embeddedOnly = ({ databaseUrl }: Place) => {
  if (databaseUrl)
    throw new StartError(
      'DATABASE_URL is set, and this is for the embedded PostgreSQL: use the tools of yours (pg_basebackup), or aicq db export.',
    )
}

/** Copies the embedded PostgreSQL, and the instance secret beside it, to a new folder; a server that runs goes on. Errors: `StartError`. */
export async function backUpDatabase(place: Place, folder: string) {
  embeddedOnly(place)
  return backUp(place.dataDir, folder)
}

/** Makes DATA_DIR from a backup: a new epoch, old cursors of what came later begin again. Errors: `StartError`. */
export async function restoreDatabase(place: Place, folder: string) {
  embeddedOnly(place)
  return restore(place.dataDir, folder)
}

/** Writes everything to a file, from which any PostgreSQL can be filled. Gives the rows of each table. Errors: `StartError`. */
export async function exportDatabase(place: Place, file: string) {
  await using database = await open(place)
  await requireMigrated(database.owner)
  return await writeExport(database.owner, file, await secretMark(place))
}

/** Fills a database that holds nothing yet; no server may start on it meanwhile. Errors: `StartError`. */
export async function importDatabase(place: Place, file: string) {
  await using database = await open(place)
  await using _alone = await takeServingLock(database.serving, { several: false, onLost: () => {} })
  return await readExport(database, file, await secretMark(place))
}

/** Says whether the data is whole: tables, and the chain of the audit. Errors: `StartError`. */
export async function checkDatabase(place: Place): Promise<Finding[]> {
  await using database = await open(place)
  await requireMigrated(database.owner)
  await using db = await openPostgres(database.serving, { poolSize: 1, statementTimeout: 0, timed: () => {} })
  const { fault } = await verifyStored(db)
  const audit = fault ? `entry ${fault.position} is bad (${fault.kind}): ${fault.detail}` : ''
  return [...(await checkTables(db)), { rule: 'the audit is as it was written', fault: audit }]
}

/** Tells secrets apart, and gives none away. */
async function secretMark({ instanceSecret, dataDir }: Place): Promise<string> {
  const secret = instanceSecret ?? (await readSecret(dataDir))
  return createHmac('sha256', secret).update('aicq:export:1').digest('hex').slice(0, 32)
}
