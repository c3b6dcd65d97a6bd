import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** What a file of a backup is. */
export interface Digest {
  readonly size: number
  /** Hexadecimal. */
  readonly sha256: string
}

/** Copies a file, onto the disk, and says what was written. The folder is made; `undefined`: the file is gone. */
export async function copyFile(from: string, to: string): Promise<Digest | undefined> {
  const source = createReadStream(from)
  const hash = createHash('sha256')
  let size = 0
  try {
    await mkdir(dirname(to), { recursive: true, mode: 0o700 })
    await using target = await open(to, 'wx', 0o600)
    for await (const chunk of source) {
      hash.update(chunk)
      size += chunk.length
      await target.writeFile(chunk)
    }
    await target.sync()
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && path === from) return undefined
    throw error
  }
  return { size, sha256: hash.digest('hex') }
}

export async function digestOf(file: string): Promise<Digest> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk)
    size += chunk.length
  }
  return { size, sha256: hash.digest('hex') }
}

/** Paths below a folder, relative to it, with `/`: folders end with one. What `skips` says yes to is left out, with what is in it. */
export async function* walk(
  folder: string,
  skips: (path: string) => boolean = () => false,
  below = '',
): AsyncGenerator<string> {
  for (const entry of await readdir(join(folder, below), { withFileTypes: true })) {
    const path = `${below}${entry.name}${entry.isDirectory() ? '/' : ''}`
    if (skips(path) || !(entry.isDirectory() || entry.isFile())) continue
    yield path
    if (entry.isDirectory()) yield* walk(folder, skips, path)
  }
}

/** Makes sure that what a folder names stays after a loss of power. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  await using handle = await open(folder)
  await handle.sync()
}
