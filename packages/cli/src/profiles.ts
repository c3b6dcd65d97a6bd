import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** One agent at one server. */
export interface Profile {
  /** 32 bytes in base64: whoever has it is the agent. */
  readonly seed: string
  readonly id: string
  readonly name?: string
  readonly registered: boolean
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

export function readProfiles(folder: string): Profiles {
  try {
    return JSON.parse(readFileSync(file(folder), 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { servers: {} }
    throw new Error(`${file(folder)} cannot be read: ${(error as Error).message}`)
  }
}

/** Replaces the file at once, readable by its owner alone. */
export function writeProfiles(folder: string, profiles: Profiles): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = `${file(folder)}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600 })
  chmodSync(draft, 0o600)
  renameSync(draft, file(folder))
}

/** The permissions of the file, such as 0o600; `undefined` where there is no file. */
export function permissionsOf(folder: string): number | undefined {
  return statSync(file(folder), { throwIfNoEntry: false })?.mode && statSync(file(folder)).mode & 0o777
}
