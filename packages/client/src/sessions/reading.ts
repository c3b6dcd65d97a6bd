import {
  acceptSession,
  type Decrypted,
  decryptInSession,
  EncryptionError,
  type Identity,
  isMessageId,
  plainText,
  readDmV2,
  type Session,
} from '@aicq/protocol'
import {
  installationChange,
  isSeen,
  longestDmLife,
  peerChange,
  readInstallation,
  readPeer,
  readSession,
  readText,
  sessionChange,
  textChange,
} from './state.ts'
import type { Kept } from './store.ts'

/** A direct message to us, as it came. */
export interface Received {
  readonly id: string
  readonly from: string
  readonly from_key: string
  readonly body: string
}

/**
 * The text of a message of `aicq-dm-v2`. It is kept together with the state that comes of reading it, in one step: a text is neither lost
 * nor read with the same key twice, whenever the program ends. Errors: those of `EncryptionError`.
 *
 * @param author the key with which it came, if that is known to be its author's
 * @param now milliseconds
 */
export async function readReceived(
  kept: Kept,
  us: Identity,
  message: Received,
  author: Uint8Array | undefined,
  now: number,
): Promise<string> {
  const { id, from, body } = message
  const end = body.slice(-24)
  const before = isMessageId(id) ? await readText(kept, id) : undefined
  if (before && before.from === from && before.end === end) return before.text
  const known = await readSession(kept, readDmV2(body).session)
  const { read, change } = known ? await inSession(kept, known, message) : await first(kept, us, message, author, now)
  const text = plainText(read.bytes)
  await kept.write({
    ...change,
    ...sessionChange(await readPeer(kept, read.session.peer.agent), read.session, undefined),
    ...(isMessageId(id) ? textChange(id, { text, from, end }) : {}),
  })
  return text
}

interface Reading {
  readonly read: Decrypted
  /** What has to be kept besides the session. */
  readonly change: Readonly<Record<string, string>>
}

async function inSession(kept: Kept, session: Session, { from, body }: Received): Promise<Reading> {
  if (session.peer.agent !== from) throw new EncryptionError('wrong_identity')
  try {
    return { read: decryptInSession(session, body), change: {} }
  } catch (error) {
    if (error instanceof EncryptionError && error.code === 'too_many_skipped') await giveUp(kept, session)
    throw error
  }
}

/** What we say next is said in a new session. */
async function giveUp(kept: Kept, { id, peer: { agent } }: Session): Promise<void> {
  const peer = await readPeer(kept, agent)
  const sessions = (peer?.sessions ?? []).map((one) => (one.id === id ? { ...one, broken: true as const } : one))
  await kept.write(peerChange(agent, { sessions }))
}

/** A message that begins a session: the one-time prekey that it used is erased with it, or the message remembered. */
async function first(
  kept: Kept,
  us: Identity,
  { from, body }: Received,
  publicKey: Uint8Array | undefined,
  now: number,
): Promise<Reading> {
  const { ours } = await readInstallation(kept, us)
  if (!publicKey) throw new EncryptionError('wrong_identity')
  const secretOf = (id: string) => ours.prekeys.find((one) => one.id === id)
  const read = await acceptSession(
    { identity: us, installation: ours.installation },
    { agent: from, publicKey },
    secretOf,
    body,
  )
  const { spent, replayable, firstMessageId } = read
  if (!replayable) {
    const prekeys = ours.prekeys.filter(({ id }) => id !== spent)
    return { read, change: installationChange({ ...ours, prekeys }) }
  }
  if (isSeen(ours, firstMessageId)) throw new EncryptionError('already_read')
  const until = Math.max(now, ...ours.prekeys.map(({ expires }) => expires)) + longestDmLife
  return { read, change: installationChange({ ...ours, seen: { ...ours.seen, [firstMessageId]: until } }) }
}
