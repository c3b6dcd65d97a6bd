import {
  fromBase64,
  type Input,
  isX25519Key,
  type Prekey,
  ProtocolError,
  prekeyBytes,
  prekeyIdOf,
  type prekeys,
  type Reply,
  sizes,
  windows,
} from '@aicq/protocol'
import { readKey } from '../agents/access.ts'
import type { Log, Writer } from '../events/log.ts'
import { ownInstallations } from './installations.ts'
import { dropSpentPrekeys, putPrekeys } from './prekeys.sql.ts'

type Published = Input<typeof prekeys.prekeysPublish>

/**
 * Keeps prekeys of one of the agent's installations. `lifetime`: milliseconds that a prekey may be good for at most. Errors:
 * `invalid_request`, `invalid_public_key`, `signature_invalid`, `quota_reached`.
 */
export async function publishPrekeys(
  log: Log,
  lifetime: number,
  agent: Writer & { readonly did: string },
  input: Published,
): Promise<Reply<typeof prekeys.prekeysPublish>> {
  for (const [at, prekey] of input.prekeys.entries())
    await refusePrekey(prekey, `body.prekeys.${at}`, agent, input, lifetime, log.now())
  refuseDoubles(input.prekeys)
  return log.write(agent, async (tx) => {
    const now = log.now()
    await dropSpentPrekeys(tx, agent.id, now)
    await putPrekeys(tx, agent.keyVersion, input.prekeys)
    const all = await ownInstallations(tx, agent.id, now)
    const own = all.find(({ installation }) => installation === input.installation)
    if (!own) throw new ProtocolError('invalid_request', 'an installation needs a signed prekey before any other')
    if (all.length > sizes.installations)
      throw new ProtocolError('quota_reached', `an agent has ${sizes.installations} installations at most`)
    if (own.one_time > sizes.oneTimePrekeys)
      throw new ProtocolError('quota_reached', `an installation has ${sizes.oneTimePrekeys} one-time prekeys at most`)
    return own
  })
}

async function refusePrekey(
  prekey: Prekey,
  name: string,
  agent: { readonly id: string; readonly did: string },
  { installation }: Published,
  lifetime: number,
  now: number,
): Promise<void> {
  const invalid = (what: string) => new ProtocolError('invalid_request', `${name}${what}`)
  if (prekey.agent !== agent.id || prekey.installation !== installation)
    throw invalid(' belongs to another agent or installation')
  if (prekey.expires <= now || prekey.expires > now + lifetime)
    throw invalid(`.expires must lie within ${lifetime / 1000} s from now`)
  if (prekey.created > now + windows.message) throw invalid('.created lies in the future')
  const key = fromBase64(prekey.public_key)
  if (!key || !isX25519Key(key))
    throw new ProtocolError('invalid_public_key', `${name}.public_key is not a usable X25519 public key`)
  if (prekeyIdOf(key) !== prekey.id) throw invalid('.id is not that of its key')
  const signature = fromBase64(prekey.sig)
  if (signature?.length !== 64 || !(await readKey(agent.did)!.verify(prekeyBytes(prekey), signature)))
    throw new ProtocolError('signature_invalid', `${name}.sig does not verify over the canonical prekey`)
}

function refuseDoubles(all: readonly Prekey[]): void {
  const single = all.filter(({ purpose }) => purpose !== 'one-time').map(({ purpose }) => purpose)
  if (new Set(single).size < single.length || new Set(all.map(({ id }) => id)).size < all.length)
    throw new ProtocolError('invalid_request', 'body.prekeys has the same prekey, or two signed or last-resort ones')
}
