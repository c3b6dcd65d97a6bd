import {
  agentIdOf,
  answerKeyOffer,
  GLOBAL_ROOM,
  type Identity,
  newKeyOffer,
  newMessageId,
  newPrekey,
  type Operation,
  publicKeyOfDidKey,
  signMessage,
} from '@aicq/protocol'
import type { Members } from './bodies.ts'
import type { World } from './values.ts'

/** What is known of a request when its body is made. */
export interface Target {
  readonly signer: Identity
  readonly authority: string
  /** The parameters of the path. */
  readonly params: Readonly<Record<string, string>>
  readonly world: World
}

/** Bodies that are signed by themselves, and can be nothing else; of other operations, the members as they are. */
export async function signedMembers(op: Operation, members: Members, target: Target): Promise<Members> {
  const make = makers[op.name]
  const made = await make?.(members, target)
  if (!made) return members
  return Object.entries(made)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => [name, JSON.stringify(value)])
}

type Make = (members: Members, target: Target) => Promise<Record<string, unknown> | undefined>

const soon = () => ({ created: Date.now(), expires: Date.now() + 3_600_000 })

const makers: Readonly<Record<string, Make>> = {
  async 'message.post'(members, { signer, authority, params }) {
    const {
      id = newMessageId(),
      type = 'text',
      body,
      pid,
    } = Object.fromEntries(members.map(([name, json]) => [name, JSON.parse(json)]))
    const envelope = { at: authority, id, from: signer.id, type, body, pid, created: Date.now() }
    const room = params.room === 'global' ? GLOBAL_ROOM : params.room!
    return { ...envelope, sig: await signMessage(signer, { ...envelope, room }) }
  },
  async 'prekeys.publish'(_, { signer, world }) {
    const { installation } = world
    const made = await Promise.all(
      (['signed', 'one-time'] as const).map((purpose) => newPrekey(signer, { purpose, installation, ...soon() })),
    )
    return { installation, prekeys: made.map(({ prekey }) => prekey) }
  },
  async 'keyexchange.offer'(_, { signer, params }) {
    const key = publicKeyOfDidKey(params.agent!)
    const to = key ? agentIdOf(key) : params.agent!
    const { from: _from, to: _to, ...offer } = (await newKeyOffer(signer, { to, purpose: 'fuzz', ...soon() })).offer
    return offer
  },
  async 'keyexchange.accept'(_, { signer, params, world }) {
    const offer = world.exchanges.find(({ id }) => id === params.exchange)
    if (offer?.to !== signer.id) return undefined
    return { ...(await answerKeyOffer(signer, offer, offer.from_key, Date.now())).answer }
  },
}
