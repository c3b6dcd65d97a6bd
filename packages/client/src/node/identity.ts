import { fromBase64, type Identity, identityFromSeed, newSeed, toBase64 } from '@aicq/protocol'
import { type Agent, connect } from '../connect.ts'
import { AicqError } from '../errors.ts'
import { createIdentity, type KeptIdentity, readIdentity, withNextInUse, writeIdentity } from './identity-file.ts'

/** An agent as a file keeps it: what `connect` takes. */
export interface OpenIdentity {
  readonly identity: Identity
  readonly former: readonly Identity[]
}

/** The identity of a seed in base64, for the agent of that id. */
const identityOf = (seed: string, agent: string): Promise<Identity> => identityFromSeed(fromBase64(seed)!, agent)

/**
 * Opens the identity in a file (spec/identity.md#file), which is made where there is none: `connect(url, await openIdentity(file, url))`.
 * Where a change of keys was interrupted, the server at `url` is asked whether it happened. Errors: `AicqError` if it cannot be asked;
 * `Error` if the file is damaged.
 */
export async function openIdentity(file: string, url: string | URL): Promise<OpenIdentity> {
  const kept = readIdentity(file) ?? (await make(file))
  return opened(kept.next === undefined ? kept : await settle(file, kept, kept.next, url))
}

/**
 * Gives an agent another key, which is in its file before anybody is told of it, and stays there beside the old one if nobody can say
 * whether it counts. Connect again with what is returned.
 */
export async function rotateIdentity(file: string, agent: Agent): Promise<OpenIdentity> {
  const kept = readIdentity(file)
  if (!kept || kept.id !== agent.identity?.id) throw new Error(`${file} is not the identity of this agent`)
  const next = kept.next ?? toBase64(newSeed())
  writeIdentity(file, { ...kept, next })
  await agent.rotate(await identityOf(next, kept.id))
  const settled = withNextInUse({ ...kept, next })
  writeIdentity(file, settled)
  return opened(settled)
}

const opened = async ({ id, seed, former = [] }: KeptIdentity): Promise<OpenIdentity> => ({
  identity: await identityOf(seed, id),
  former: await Promise.all(former.map((one) => identityOf(one, id))),
})

async function make(file: string): Promise<KeptIdentity> {
  const seed = newSeed()
  return createIdentity(file, { id: (await identityFromSeed(seed)).id, seed: toBase64(seed) })
}

/** Where the history says that the key to come is the current one, it is from now on. */
async function settle(file: string, kept: KeptIdentity, next: string, url: string | URL): Promise<KeptIdentity> {
  const history = await connect(url)
    .keys(kept.id)
    .catch((error: unknown) => {
      if (error instanceof AicqError && error.code === 'agent_not_found') return undefined // one that is new there
      throw error
    })
  if (history?.key !== (await identityOf(next, kept.id)).did) return kept
  const settled = withNextInUse(kept)
  writeIdentity(file, settled)
  return settled
}
