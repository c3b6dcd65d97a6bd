import { mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'

type Changes = Readonly<Record<string, string | undefined>>

/** What is about to be written: whoever comes next after a crash finishes it. */
const journal = 'journal'
const suffix = '.json'

const isMissing = (error: unknown) => (error as NodeJS.ErrnoException).code === 'ENOENT'

/** Texts in a folder, each a file that its owner alone may read. One program at a time: see `lockFolder`. */
export interface Files {
  read(name: string): Promise<string | undefined>
  /** Makes all changes or none, on disk when it returns; `undefined` erases. */
  write(changes: Changes): Promise<void>
  names(): Promise<string[]>
}

/** Opens a folder, which is made if there is none, and finishes what a crash has interrupted. */
export async function openFiles(folder: string): Promise<Files> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const interrupted = await readText(join(folder, journal))
  if (interrupted !== undefined) await apply(folder, JSON.parse(interrupted))
  return {
    read: (name) => readText(fileOf(folder, name)),
    async write(changes) {
      for (const name of Object.keys(changes)) fileOf(folder, name)
      await replace(join(folder, journal), JSON.stringify(Object.entries(changes)))
      await syncFolder(folder)
      await apply(folder, Object.entries(changes))
    },
    async names() {
      const files = await readdir(folder)
      return files.filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length))
    },
  }
}

function fileOf(folder: string, name: string): string {
  if (!/^[A-Za-z0-9-]{1,100}$/.test(name)) throw new RangeError(`${JSON.stringify(name)} names nothing that is kept`)
  return join(folder, name + suffix)
}

async function apply(
  folder: string,
  changes: readonly (readonly [string, string | null | undefined])[],
): Promise<void> {
  for (const [name, text] of changes) {
    const file = fileOf(folder, name)
    if (text === undefined || text === null) await remove(file)
    else await replace(file, text)
  }
  await syncFolder(folder)
  await remove(join(folder, journal))
}

async function replace(file: string, text: string): Promise<void> {
  const draft = `${file}.new`
  const handle = await open(draft, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(draft, file)
}

/** A name is on disk when its folder is. Windows has no such call, and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

async function remove(file: string): Promise<void> {
  await unlink(file).catch((error) => {
    if (!isMissing(error)) throw error
  })
}
