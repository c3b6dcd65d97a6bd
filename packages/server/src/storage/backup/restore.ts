import { chownSync, existsSync } from 'node:fs'
import { appendFile, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findPrograms } from '../embedded/programs.ts'
import { chooseRunner, type Runner } from '../embedded/user.ts'
import { startEmbedded } from '../embedded.ts'
import { StartError } from '../start-error.ts'
import { type Manifest, manifestName, secretName } from './backup.ts'
import { copyFile, digestOf, syncFolder, walk } from './files.ts'

/** No archive: what is needed is in pg_wal. Nobody is let in before the end, which is a new time line, and so a new epoch. */
const recovery = "\nrestore_command = 'exit 1'\nhot_standby = 'off'\n"

/**
 * Makes the data folder from a backup, and has PostgreSQL recover it. The data folder must hold no data yet; nothing is left there if this
 * fails. Errors: `StartError`.
 */
export async function restore(dataDir: string, folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder)
  await verify(folder, manifest)
  const runner = chooseRunner(dataDir, findPrograms())
  const data = join(runner.home, 'postgres')
  if (existsSync(data)) throw new StartError(`${data} is there already: move it away, or set another DATA_DIR.`)
  await using undo = new AsyncDisposableStack()
  const removeLater = (path: string) => undo.defer(() => rm(path, { recursive: true, force: true }))
  if (await restoreSecret(dataDir, folder, manifest)) removeLater(join(dataDir, secretName))
  const draft = join(runner.home, `postgres.new-${process.pid}`)
  removeLater(draft)
  await copyData(folder, manifest, draft)
  await appendFile(join(draft, 'postgresql.auto.conf'), recovery)
  await writeFile(join(draft, 'recovery.signal'), '', { mode: 0o600 })
  if (runner.uid !== undefined) await give(draft, runner)
  await syncFolder(draft)
  removeLater(data)
  await rename(draft, data)
  await (await startEmbedded(dataDir))[Symbol.asyncDispose]()
  undo.move() // all of it stays
  return manifest
}

async function readManifest(folder: string): Promise<Manifest> {
  const file = join(folder, manifestName)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) throw new StartError(`${folder} is no backup: ${file} is not there.`)
  try {
    const manifest: Manifest = JSON.parse(text)
    if (manifest.aicq_backup === 1) return manifest
  } catch {}
  throw new StartError(`${file} is not the manifest of a backup that this version of AICQ can read.`)
}

/** Every file is there, and is what was written. */
async function verify(folder: string, { files }: Manifest): Promise<void> {
  for (const [name, { size, sha256 }] of Object.entries(files)) {
    if (name.split('/').includes('..')) throw new StartError(`The backup is damaged: it names ${name}.`)
    const found = await digestOf(join(folder, name)).catch(() => undefined)
    if (found?.size !== size || found.sha256 !== sha256)
      throw new StartError(`The backup is damaged: ${name} is ${found ? 'not what was written' : 'missing'}.`)
  }
}

/** Cursors, the instance's key and what is known of erased agents depend on it. Whether it was put there. */
async function restoreSecret(dataDir: string, folder: string, { files }: Manifest): Promise<boolean> {
  const [there, backedUp] = [join(dataDir, secretName), join(folder, secretName)]
  if (!files[secretName]) return false
  if (!existsSync(there)) return (await copyFile(backedUp, there)) !== undefined
  if ((await readFile(there, 'utf8')).trim() !== (await readFile(backedUp, 'utf8')).trim())
    throw new StartError(`${there} is another secret than that of the backup: move it away first.`)
  return false
}

async function copyData(folder: string, { files, folders }: Manifest, draft: string): Promise<void> {
  await mkdir(draft, { mode: 0o700 })
  const below = (name: string) => join(draft, name.slice('data/'.length))
  for (const name of folders) await mkdir(below(name), { recursive: true, mode: 0o700 })
  for (const name of Object.keys(files)) if (name.startsWith('data/')) await copyFile(join(folder, name), below(name))
}

async function give(folder: string, { uid, gid }: Runner): Promise<void> {
  chownSync(folder, uid!, gid!)
  for await (const path of walk(folder)) await chown(join(folder, path), uid!, gid!)
}
