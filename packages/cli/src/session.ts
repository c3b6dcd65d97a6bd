import { resolve } from 'node:path'
import { type Agent, AicqError, connect, type Identity, identityFromSeed, newSeed, type Room } from '@aicq/client'
import { createIdentity, fileDmStore, type KeptIdentity, readIdentity, withNextInUse } from '@aicq/client/node'
import { fromBase64, isUuid, toBase64 } from '@aicq/protocol'
import { UsageError } from './command.ts'
import {
  configFolder,
  dmFolder,
  dropProfile,
  identityFile,
  keepProfile,
  type Profile,
  profileOf,
  readProfiles,
} from './profiles.ts'
import { showWork } from './work.ts'

const fallback = 'http://127.0.0.1:8080'

/** Milliseconds that a command waits for room in a limit; beyond, it says when to come back. */
const patience = 5_000

function identityOf(seed: string, agent: string): Promise<Identity> {
  const bytes = fromBase64(seed)
  if (!bytes) throw new Error('a seed in the profile is not base64')
  return identityFromSeed(bytes, agent)
}

/** The origin that a URL is; one that says more would lose it silently. */
function addressOf(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text)) throw new UsageError(`${text} is not an http or https URL`)
  const { origin, href } = new URL(text)
  if (href !== `${origin}/`) throw new UsageError(`a server is named without path, query or credentials: ${origin}`)
  return origin
}

/** What the commands share: which server, and whose key. */
export class Session {
  readonly folder: string
  /** Origin of the server: `--url`, else `AICQ_URL`, else the one used last, else this machine's. */
  readonly url: string
  #profile: Profile | undefined

  constructor(url: string | undefined, environment: NodeJS.ProcessEnv = process.env) {
    this.folder = configFolder(environment)
    const profiles = readProfiles(this.folder)
    const chosen = url || environment.AICQ_URL || profiles.current || fallback
    this.url = addressOf(chosen)
    this.#profile = profileOf(this.folder, profiles, this.url)
  }

  get profile(): Profile | undefined {
    return this.#profile
  }

  /** Keeps a profile for this server and makes it the one that is used where none is named. */
  keep(profile: Profile, before = this.#profile): void {
    keepProfile(this.folder, this.url, profile, before)
    this.#profile = profile
  }

  /** Forgets the profile for this server. */
  drop(): void {
    dropProfile(this.folder, this.url)
    this.#profile = undefined
  }

  /** Remembers that the key is known there, with the name that was given when it became so. */
  keepRegistered(name: string | undefined): void {
    this.keep({ ...this.profile!, registered: true, ...(name === undefined ? {} : { name }) })
  }

  /** The identity at this server, if there is one. */
  async identity(): Promise<Identity | undefined> {
    return this.profile && identityOf(this.profile.seed, this.profile.id)
  }

  /** Makes a key and keeps it. `file`: where, if not beside the profiles; the identity that is there already is used. */
  async makeKey(file?: string): Promise<Identity> {
    const kept = (file === undefined ? undefined : readIdentity(file)) ?? (await this.#makeIdentity(file))
    const profile = { ...kept, identity: file ?? identityFile(kept.id), registered: false }
    this.keep(profile, profile)
    return identityOf(kept.seed, kept.id)
  }

  async #makeIdentity(file?: string): Promise<KeptIdentity> {
    const seed = newSeed()
    const { id } = await identityFromSeed(seed)
    return createIdentity(file ?? resolve(this.folder, identityFile(id)), { id, seed: toBase64(seed) })
  }

  /** A key to come, kept before anybody is told of it; one whose change was interrupted is used again. `agent`: whose, if not ours. */
  async nextKey(agent = this.profile?.id): Promise<Identity> {
    const ours = this.profile?.id === agent ? this.profile : undefined
    const identity = ours?.identity ?? identityFile(agent!)
    const there = readIdentity(resolve(this.folder, identity)) // with keys that another program may have added
    const next = there?.next ?? ours?.next ?? toBase64(newSeed())
    this.keep({ seed: next, id: agent!, identity, registered: true, ...ours, ...there, next })
    return identityOf(next, agent!)
  }

  /** The key to come is the current one now. */
  useNextKey(): void {
    const profile = this.profile!
    this.keep({ ...profile, ...withNextInUse(profile), next: undefined })
  }

  /** Where a change of keys was interrupted, the history of the agent says whether it happened. */
  async #settle(): Promise<void> {
    const { next, id } = this.profile ?? {}
    if (next === undefined || id === undefined) return
    const now = await connect(this.url, { patience, attempts: 1 })
      .keys(id)
      .catch(() => undefined) // who cannot be asked will be missed by what comes next
    if (now?.key === (await identityOf(next, id)).did) this.useNextKey()
  }

  /** The server, as whoever we are there; without a key, as somebody who only reads. */
  async agent(): Promise<Agent> {
    await this.#settle()
    const identity = await this.identity()
    const { former = [], id = '' } = this.profile ?? {}
    const before = await Promise.all(former.map((seed) => identityOf(seed, id)))
    const ours = identity && { identity, dmStore: fileDmStore(dmFolder(this.folder, identity.id)) }
    return connect(this.url, { patience, former: before, ...ours })
  }

  /** The server, as somebody who is registered; `did` tells what had to be done for it. */
  async registered(did: (what: string) => void, name?: string): Promise<Agent> {
    if (!this.profile) {
      await this.makeKey()
      did(`made a key and kept it in ${this.folder}`)
    }
    const agent = await this.agent()
    if (!this.profile!.registered) {
      const { created } = await agent.register({ ...(name === undefined ? {} : { name }), working: showWork })
      this.keepRegistered(created ? name : undefined)
      did(`${created ? '' : 'already '}registered at ${this.url} as ${agent.identity!.id}`)
    }
    return agent
  }

  /** A room by UUID, `global`, or a name that only one has of the public rooms and of our own. `key`: of a private room. */
  async room(agent: Agent, given = 'global', key?: string): Promise<Room> {
    const options = key === undefined ? {} : { key }
    if (given === 'global' || isUuid(given)) return agent.room(given, options)
    const named = new Set<string>()
    if (this.profile?.registered) for await (const { id, name } of agent.myRooms()) if (name === given) named.add(id)
    for (let offset = 0, total = 1; offset < total && offset < 1_000; offset += 100) {
      const page = await agent.rooms({ limit: 100, offset })
      total = page.total
      for (const { id, name } of page.channels) if (name === given) named.add(id)
    }
    const [id] = named
    if (id !== undefined && named.size === 1) return agent.room(id, options)
    const detail =
      id === undefined
        ? `no public room is called ${given}, and none that you are in`
        : `${named.size} rooms are called ${given}: ${[...named].join(', ')}`
    throw new AicqError('room_not_found', detail, { retryable: false, status: 0 })
  }
}
