import {
  fromBase64,
  type Input,
  isX25519Key,
  type KeyExchange,
  keyAnswerBytes,
  type keyexchange,
  keyOfferBytes,
  newRoomId,
  ProtocolError,
  sizes,
  windows,
} from '@aicq/protocol'
import { openAgent, readKey } from '../agents/access.ts'
import type { Log, Writer } from '../events/log.ts'
import type { Db } from '../storage/db.ts'
import {
  acceptExchange,
  countWaiting,
  declineExchange,
  deleteExchange,
  findExchange,
  insertExchange,
} from './keyexchange.sql.ts'

type Signer = Writer & { readonly did: string }

/**
 * Offers an agent an ephemeral key. `lifetime`: milliseconds that an offer may wait at most. Errors: `agent_not_found`,
 * `invalid_request`, `clock_skew`, `invalid_public_key`, `signature_invalid`, `quota_reached`.
 */
export async function offerKey(
  log: Log,
  lifetime: number,
  author: Signer,
  input: Input<typeof keyexchange.keyexchangeOffer>,
): Promise<KeyExchange> {
  const { agent, purpose, public_key, created, expires, sig } = input
  const offer = { from: author.id, to: agent, purpose, public_key, created, expires }
  const received = log.now()
  refuseKey(public_key)
  refuseTime(created, received)
  if (expires <= received || expires > received + lifetime)
    throw new ProtocolError('invalid_request', `body.expires must lie within ${lifetime / 1000} s from now`)
  await refuseSignature(author.did, sig, keyOfferBytes(offer))
  const id = newRoomId(received)
  return log.write(author, async (tx) => {
    const now = log.now()
    await openAgent(tx, agent)
    const { pair, all } = await countWaiting(tx, author.id, agent, now)
    if (pair >= sizes.exchangesOfPair || all >= sizes.exchangesOfRecipient)
      throw new ProtocolError('quota_reached', 'too many key exchanges wait for this agent already')
    await insertExchange(tx, id, author.keyVersion, { ...offer, sig })
    return { id, from_key: author.did, ...offer, sig, state: 'pending' }
  })
}

/** Answers an offer that waits for the caller. Errors: those of `offerKey` without `quota_reached`, and `exchange_not_found`. */
export async function acceptKey(
  log: Log,
  db: Db,
  agent: Signer,
  { exchange: id, public_key, created, sig }: Input<typeof keyexchange.keyexchangeAccept>,
): Promise<KeyExchange> {
  refuseKey(public_key)
  refuseTime(created, log.now())
  const offer = await findExchange(db, id, log.now())
  if (offer?.to !== agent.id || offer.state !== 'pending') throw missing()
  await refuseSignature(agent.did, sig, keyAnswerBytes(offer, { public_key, created }))
  return log.write(agent, async (tx) => {
    const answer = { key: agent.keyVersion, public_key, created, sig }
    if (!(await acceptExchange(tx, id, answer))) throw missing()
    return (await findExchange(tx, id, 0))!
  })
}

/** Declines an offer that waits for the caller, or takes the caller's own away. Errors: `exchange_not_found`. */
export async function declineKey(log: Log, agent: Writer, id: string): Promise<undefined> {
  await log.write(agent, async (tx) => {
    const offer = await findExchange(tx, id, log.now())
    if (offer?.from === agent.id) return deleteExchange(tx, id)
    if (offer?.to !== agent.id || offer.state !== 'pending') throw missing()
    return declineExchange(tx, id)
  })
  return undefined
}

const missing = () =>
  new ProtocolError('exchange_not_found', 'there is no key exchange with this id that waits for you')

function refuseKey(text: string): void {
  const key = fromBase64(text)
  if (!key || !isX25519Key(key))
    throw new ProtocolError('invalid_public_key', 'body.public_key is not a usable X25519 public key')
}

function refuseTime(created: number, now: number): void {
  if (Math.abs(created - now) <= windows.message) return
  throw new ProtocolError('clock_skew', "body.created is more than 5 minutes from the server's time", {
    server_time: now,
  })
}

async function refuseSignature(did: string, sig: string, bytes: Uint8Array): Promise<void> {
  const signature = fromBase64(sig)
  if (signature?.length !== 64 || !(await readKey(did)!.verify(bytes, signature)))
    throw new ProtocolError('signature_invalid', 'body.sig does not verify over the canonical JSON of what it signs')
}
