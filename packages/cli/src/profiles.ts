import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** One agent at one server. */
export interface Profile {
  /** 32 bytes in base64: whoever has it is the agent. */
  readonly seed: string
  readonly id: string
  readonly name?: string
  readonly registered: boolean
  /** The seed of a key that may be the current one already: it is kept before anybody is told of it. */
  readonly next?: string
  /** Seeds of keys that this agent had, the newest first: they still read what was encrypted for them. */
  readonly former?: readonly string[]
  /** Up to where `aicq sync` has shown what happened. */
  readonly cursor?: string
}

/** What the command line remembers: a profile for each server, and the server that it uses where none is named. */
export interface Profiles {
  readonly current?: string
  readonly servers: Readonly<Record<string, Profile>>
}

/** `AICQ_HOME`, else `aicq` in the XDG configuration folder. */
export function configFolder(environment: NodeJS.ProcessEnv = process.env): string {
  return environment.AICQ_HOME || join(environment.XDG_CONFIG_HOME || join(homedir(), '.config'), 'aicq')
}

const file = (folder: string) => join(folder, 'profiles.json')

/** Where the sessions of an agent's direct messages are kept: never to be copied or restored (spec/encryption.md#sessions). */
export const dmFolder = (folder: string, agent: string): string => join(folder, 'dms', agent)

export function readProfiles(folder: string): Profiles {
  try {
    return JSON.parse(readFileSync(file(folder), 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { servers: {} }
    throw new Error(`${file(folder)} cannot be read: ${(error as Error).message}`)
  }
}

/** Replaces the file at once, readable by its owner alone; what is written then survives a crash of the machine. */
export function writeProfiles(folder: string, profiles: Profiles): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = `${file(folder)}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600 })
  chmodSync(draft, 0o600)
  flush(draft)
  renameSync(draft, file(folder))
  if (process.platform !== 'win32') flush(folder) // Windows opens no folders
}

function flush(path: string): void {
  const opened = openSync(path, 'r')
  try {
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

/** The permissions of the file, such as 0o600; `undefined` where there is no file. */
export function permissionsOf(folder: string): number | undefined {
  return statSync(file(folder), { throwIfNoEntry: false })?.mode && statSync(file(folder)).mode & 0o777
}
