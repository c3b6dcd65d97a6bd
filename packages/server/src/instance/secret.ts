import { randomBytes } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDataFolder } from '../storage/data-folder.ts'
import { StartError } from '../storage/start-error.ts'

/** The instance's secret of 32 bytes from a file that only its owner reads, made at the first start. */
export async function readSecret(dataDir: string): Promise<Buffer> {
  const file = join(dataDir, 'instance-secret')
  const present = await readFile(file, 'utf8').catch(absent)
  if (present !== undefined) return parse(file, present)
  makeDataFolder(dataDir)
  const draft = `${file}.${process.pid}`
  await writeFile(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 })
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  await rm(draft)
  return parse(file, await readFile(file, 'utf8'))
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR')
    throw new StartError(`The instance secret cannot be read: ${error.message}`)
}

function parse(file: string, text: string): Buffer {
  if (/^[0-9a-f]{64}\s*$/.test(text)) return Buffer.from(text.trim(), 'hex')
  throw new StartError(`${file} does not hold 64 hexadecimal digits. Restore it: cursors and sealed keys depend on it.`)
}
