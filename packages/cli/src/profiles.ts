import { existsSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { type KeptIdentity, readIdentity, readText, replaceFile, writeIdentity } from '@aicq/client/node'

/** One agent at one server. */
export interface Profile extends KeptIdentity {
  /** The file of its identity (spec/identity.md#file), which other programs use as well. */
  readonly identity: string
  readonly name?: string
  readonly registered: boolean
  /** Up to where `aicq sync` has shown what happened. */
  readonly cursor?: string
}

/** A profile without its keys; versions before 0.2 kept those beside the rest. */
type Listed = Omit<Profile, 'seed'> & { readonly seed?: string }

/** What the command line remembers: a profile for each server, and the server that it uses where none is named. */
export interface Profiles {
  readonly current?: string
  readonly servers: Readonly<Record<string, Listed>>
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

/** Errors: `Error` where the file is damaged. */
export function readProfiles(folder: string): Profiles {
  const text = readText(file(folder))
  return text === undefined ? { servers: {} } : JSON.parse(text)
}

/** The profile for a server, with its keys. Errors: `Error` where its identity is damaged or gone. */
export function profileOf(folder: string, { servers }: Profiles, url: string): Profile | undefined {
  const kept = servers[url]
  if (!kept) return undefined
  if (kept.seed !== undefined) return { ...kept, seed: kept.seed, identity: freeFile(folder, kept.id, kept.seed) }
  const identity = readIdentity(resolve(folder, kept.identity))
  if (!identity) throw new Error(`${resolve(folder, kept.identity)} is gone: it has the key of ${kept.id}`)
  return { ...kept, ...identity }
}

/** Where a key of a profile from before goes: not in the place of another key of the agent. */
function freeFile(folder: string, agent: string, seed: string): string {
  const there = readIdentity(resolve(folder, identityFile(agent)))
  return !there || there.seed === seed ? identityFile(agent) : join('identities', `${agent}-before.json`)
}

/**
 * Keeps a profile, and its server as the one that is used where none is named. Its identity is written if its keys are not those `before`:
 * other programs have the file as well, and may have changed them meanwhile.
 */
export function keepProfile(folder: string, url: string, profile: Profile, before: Profile | undefined): void {
  const { id, seed, next, former, identity, name, registered, cursor } = profile
  const path = resolve(folder, identity)
  if (before?.identity !== identity || !isSame(before, profile) || !existsSync(path))
    writeIdentity(path, { id, seed, next, former })
  const kept = { id, identity, name, registered, cursor }
  replaceFile(file(folder), { current: url, servers: { ...readProfiles(folder).servers, [url]: kept } })
}

/** Forgets the profile for a server; the file of its identity stays. */
export function dropProfile(folder: string, url: string): void {
  const { current, servers } = readProfiles(folder)
  const { [url]: _, ...others } = servers
  replaceFile(file(folder), { current, servers: others })
}

const isSame = (one: KeptIdentity, other: KeptIdentity) =>
  one.seed === other.seed && one.next === other.next && `${one.former ?? []}` === `${other.former ?? []}`

/** Those of these files that others than their owner may read or write. */
export function openToOthers(folder: string, profile: Profile): string[] {
  return [file(folder), resolve(folder, profile.identity)].filter(
    (path) => ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0,
  )
}
