import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import pg from 'pg'
import { connection } from '../cluster.ts'
import { startEmbedded } from '../embedded.ts'
import { StartError } from '../start-error.ts'
import { copyFile, type Digest, digestOf, syncFolder, walk } from './files.ts'

/** What a backup holds: `data/` as PostgreSQL has it, and the secret of the instance if the server keeps it in a file. */
export interface Manifest {
  readonly aicq_backup: 1
  /** When it was begun: what was acknowledged before is in it. */
  readonly at: string
  readonly files: Readonly<Record<string, Digest>>
  /** Folders that hold no file. */
  readonly folders: readonly string[]
}

export const manifestName = 'manifest.json'
export const secretName = 'instance-secret'

/** Contents that a base backup leaves out: PostgreSQL makes them anew, and WAL comes afterwards. */
const emptied = /^(pg_wal|pg_replslot|pg_dynshmem|pg_notify|pg_serial|pg_snapshots|pg_stat_tmp|pg_subtrans)\/./
const skipped = /^postmaster\.(pid|opts)$|^\.s\.PGSQL|(^|\/)(pgsql_tmp|pg_internal\.init)|^backup_label$|\.new$/
const isSkipped = (path: string) => emptied.test(path) || skipped.test(path)

/**
 * Copies the embedded PostgreSQL of a data folder while it serves, or starts it for that. The folder must not be there; it appears when
 * it is whole. Errors: `StartError`.
 */
export async function backUp(dataDir: string, folder: string): Promise<Manifest> {
  if (existsSync(folder)) throw new StartError(`${folder} is there already: name a folder that is not.`)
  await using cluster = await startEmbedded(dataDir)
  const draft = `${resolve(folder)}.new-${process.pid}`
  const client = new pg.Client(connection(cluster, 'postgres', 'aicq'))
  client.on('error', () => {})
  await client.connect()
  try {
    await mkdir(draft, { mode: 0o700 })
    const manifest = await copyWhileServing(client, cluster.location, join(draft, 'data'))
    const secret = await copyFile(join(dataDir, secretName), join(draft, secretName))
    const files = { ...manifest.files, ...(secret && { [secretName]: secret }) }
    await writeFile(join(draft, manifestName), `${JSON.stringify({ ...manifest, files }, null, 1)}\n`, {
      mode: 0o600,
      flush: true,
    })
    await syncFolder(draft)
    await rename(draft, folder)
    await syncFolder(dirname(resolve(folder)))
    return { ...manifest, files }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === '55000')
      throw new StartError(
        'PostgreSQL was started by an older server, which writes too little for a backup: restart it first.',
      )
    throw error
  } finally {
    await client.end().catch(() => {})
    await rm(draft, { recursive: true, force: true })
  }
}

/** https://www.postgresql.org/docs/18/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP */
async function copyWhileServing(client: pg.Client, data: string, to: string): Promise<Manifest> {
  // keeps the WAL that the copy needs, until this connection ends
  await client.query(`select pg_create_physical_replication_slot('aicq_backup_${process.pid}', true, true)`)
  const at = new Date().toISOString()
  const begin = await client.query(`select pg_walfile_name(pg_backup_start('aicq', true)) as wal`)
  const files: Record<string, Digest> = {}
  const folders: string[] = []
  const copy = async (path: string) => {
    const digest = await copyFile(join(data, path), join(to, path))
    if (digest) files[`data/${path}`] = digest
  }
  for await (const path of walk(data, isSkipped))
    if (path.endsWith('/')) {
      folders.push(`data/${path}`)
      await mkdir(join(to, path), { recursive: true, mode: 0o700 })
    } else await copy(path)
  const end = await client.query(`select pg_walfile_name(lsn) as wal, labelfile as label from pg_backup_stop(false)`)
  await writeFile(join(to, 'backup_label'), end.rows[0].label, { mode: 0o600, flush: true })
  files['data/backup_label'] = await digestOf(join(to, 'backup_label'))
  for (const name of await readdir(join(data, 'pg_wal')))
    if (isNeeded(name, begin.rows[0].wal, end.rows[0].wal)) await copy(`pg_wal/${name}`)
  return { aicq_backup: 1, at, files, folders }
}

const isNeeded = (name: string, first: string, last: string) =>
  /\.history$/.test(name) || (/^[0-9A-F]{24}$/.test(name) && name >= first && name <= last)
