import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { type KeptIdentity, readIdentity, replaceFile, writeIdentity } from '@aicq/client/node'

/** One agent at one server. */
export interface Profile extends KeptIdentity {
  /** The file of its identity (spec/identity.md#file), which other programs use as well. */
  readonly identity: string
  readonly name?: string
  readonly registered: boolean
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

/** Where a key that the command line makes is kept. */
export const identityFile = (agent: string): string => join('identities', `${agent}.json`)
const inFolder = (folder: string, path: string) => (isAbsolute(path) ? path : join(folder, path))

/** Errors: `Error` where a file is damaged, or an identity is gone. */
export function readProfiles(folder: string): Profiles {
  const text = readText(file(folder))
  if (text === undefined) return { servers: {} }
  const { current, servers } = JSON.parse(text) as { current?: string; servers: Record<string, Profile> }
  const whole = Object.entries(servers).map(([url, kept]): [string, Profile] => {
    // versions before 0.2 kept seeds beside the rest
    if (kept.seed !== undefined) return [url, { ...kept, identity: identityFile(kept.id) }]
    const identity = readIdentity(inFolder(folder, kept.identity))
    if (!identity) throw new Error(`${inFolder(folder, kept.identity)} is gone: it has the key of ${kept.id}`)
    return [url, { ...kept, ...identity }]
  })
  return { ...(current === undefined ? {} : { current }), servers: Object.fromEntries(whole) }
}

/** Replaces the files of identities that have changed, and then the one of profiles. */
export function writeProfiles(folder: string, { current, servers }: Profiles): void {
  const kept = Object.entries(servers).map(([url, { seed, next, former, ...profile }]) => {
    const path = inFolder(folder, profile.identity)
    const now: KeptIdentity = { id: profile.id, seed, next, former }
    const before = readIdentity(path)
    if (!before || !isSame(before, now)) writeIdentity(path, now)
    return [url, profile]
  })
  replaceFile(file(folder), { current, servers: Object.fromEntries(kept) })
}

const isSame = (one: KeptIdentity, other: KeptIdentity) =>
  one.seed === other.seed && one.next === other.next && `${one.former ?? []}` === `${other.former ?? []}`

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Error(`${path} cannot be read: ${(error as Error).message}`)
  }
}

/** Those of these files that others than their owner may read or write. */
export function openToOthers(folder: string, profile: Profile): string[] {
  return [file(folder), inFolder(folder, profile.identity)].filter(
    (path) => ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0,
  )
}
