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
import { installationChange, installationsOf, readKept, withoutPrekeys } from './installation.ts'
import { seenOnce } from './seen.ts'
import { type Place, peerChange, readPeer, readSession, readText, sessionChange, textChange } from './state.ts'
import type { Kept } from './store.ts'

/** The current key of an agent, and those before it. */
export type Keys = readonly [Identity, ...Identity[]]

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
 */
export async function readReceived(
  kept: Kept,
  us: Keys,
  message: Received,
  author: Uint8Array | undefined,
): Promise<string> {
  const { id, from, body } = message
  const end = body.slice(-24)
  const before = isMessageId(id) ? await readText(kept, id) : undefined
  if (before && before.from === from && before.end === end) return before.text
  const known = await readSession(kept, readDmV2(body).session)
  const {
    read,
    change,
    place = {},
  } = known ? await inSession(kept, known, message) : await first(kept, us, message, author)
  const text = plainText(read.bytes)
  await kept.write({
    ...change,
    ...sessionChange(await readPeer(kept, read.session.peer.agent), read.session, place),
    ...(isMessageId(id) ? textChange(id, { text, from, end }) : {}),
  })
  return text
}

interface Reading {
  readonly read: Decrypted
  /** What has to be kept besides the session. */
  readonly change: Readonly<Record<string, string>>
  readonly place?: Pick<Place, 'broken'>
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

/**
 * A message that begins a session: the one-time prekey that it used is erased with it, or the message remembered. It may have been for an
 * earlier key of ours: then it is read by that one, and the answer begins a new session.
 */
async function first(
  kept: Kept,
  us: Keys,
  { from, body }: Received,
  publicKey: Uint8Array | undefined,
): Promise<Reading> {
  const ours = await readKept(kept, us[0].id)
  const { opening } = readDmV2(body)
  if (!ours || !opening) throw new EncryptionError(opening ? 'prekey_unknown' : 'wrong_session')
  if (!publicKey) throw new EncryptionError('wrong_identity')
  const all = installationsOf(ours)
  const meant = all.find(({ prekeys }) => prekeys.some(({ id }) => id === opening.signedPrekey))
  if (!meant) throw new EncryptionError('prekey_unknown')
  const identity = us.find(({ did }) => did === meant.key)
  if (!identity)
    throw new EncryptionError('wrong_key_or_tampered', 'the body was encrypted for a key that was not given')
  const { installation, prekeys } = meant
  const secretOf = (id: string) => prekeys.find((one) => one.id === id)
  const read = await acceptSession({ identity, installation }, { agent: from, publicKey }, secretOf, body)
  const place = meant.key === ours.key ? {} : { broken: true as const }
  const { spent, replayable, firstMessageId } = read
  if (!replayable) return { read, place, change: installationChange(withoutPrekeys(ours, ({ id }) => id === spent)) }
  const { signedPrekey } = opening
  return { read, place, change: await seenOnce(kept, from, { firstMessageId, signedPrekey }, all) }
}
