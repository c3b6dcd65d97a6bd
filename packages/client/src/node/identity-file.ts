import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { fromBase64, isUuid } from '@aicq/protocol'

/** What programs keep of an agent (spec/identity.md#file). Seeds are 32 bytes in base64: whoever has them is the agent. */
export interface KeptIdentity {
  readonly id: string
  readonly seed: string
  /** The seed of a key that may be the current one already: it is kept before anybody is told of it. */
  readonly next?: string | undefined
  /** Seeds of keys that this agent had, the newest first: they still read what was encrypted for them. */
  readonly former?: readonly string[] | undefined
}

const form = 'identity/1'
/** Keys of before that are kept: more would only slow reading down. */
const formerKept = 8

const isSeed = (value: unknown) => typeof value === 'string' && fromBase64(value)?.length === 32

/** `undefined`: there is no such file. Errors: `Error`, which says what is wrong with it. */
export function readIdentity(file: string): KeptIdentity | undefined {
  const text = readText(file)
  if (text === undefined) return undefined
  const { aicq, ...kept } = parse(text, file)
  if (aicq !== form) throw new Error(`${file} is no identity that this version reads: "aicq" is not "${form}"`)
  const { id, seed, next, former = [] } = kept as Record<string, unknown>
  const isWhole = typeof id === 'string' && isUuid(id) && isSeed(seed) && (next === undefined || isSeed(next))
  if (!isWhole || !Array.isArray(former) || !former.every(isSeed))
    throw new Error(`${file} is damaged: it must have an id and seeds of 32 bytes in base64`)
  return kept as unknown as KeptIdentity
}

/** Replaces the file at once, readable by its owner alone; members that are not known here stay as they are. */
export function writeIdentity(file: string, { id, seed, next, former = [] }: KeptIdentity): void {
  const before = readText(file)
  const kept = { ...(before === undefined ? {} : parse(before, file)), aicq: form, id, seed, next }
  replaceFile(file, { ...kept, former: former.length > 0 ? former : undefined })
}

/** Makes the file, unless there is one, and gives what is in it: of two programs that make one at once, one takes what the other made. */
export function createIdentity(file: string, { id, seed }: KeptIdentity): KeptIdentity {
  const draft = draftOf(file, { aicq: form, id, seed })
  try {
    linkSync(draft, file)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') copyNew(draft, file) // there are no hard links
  } finally {
    rmSync(draft, { force: true })
  }
  flushFolderOf(file)
  return readIdentity(file)!
}

function copyNew(from: string, to: string): void {
  try {
    copyFileSync(from, to, constants.COPYFILE_EXCL)
    flush(to)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
  }
}

/** The key to come is the current one now. */
export function withNextInUse({ next, seed, former = [], ...rest }: KeptIdentity): KeptIdentity {
  if (next === undefined) throw new Error('there is no key to come')
  return { ...rest, seed: next, former: seed === next ? former : [seed, ...former].slice(0, formerKept) }
}

/** Writes JSON that its owner alone may read, in place of what is there: what is written then survives a crash of the machine. */
export function replaceFile(file: string, value: unknown): void {
  renameSync(draftOf(file, value), file)
  flushFolderOf(file)
}

/** A file beside another one, flushed, which is to take its place. */
function draftOf(file: string, value: unknown): string {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  chmodSync(draft, 0o600)
  flush(draft)
  return draft
}

function flushFolderOf(file: string): void {
  if (process.platform !== 'win32') flush(dirname(file)) // Windows opens no folders
}

function flush(path: string): void {
  const opened = openSync(path, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

/** What a file holds; `undefined`: there is none. Errors: `Error`, which names the file. */
export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`${file} cannot be read: ${(error as Error).message}`)
  }
}

function parse(text: string, file: string): Record<string, unknown> {
  try {
    return JSON.parse(text)
  } catch {
    throw new Error(`${file} is damaged: it is no JSON`) // and nothing of it is shown: there are secrets in it
  }
}
