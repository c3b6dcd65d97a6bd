import { type Identity, isMessageId, messageIdTime, type PrekeySecret, type Session } from '@aicq/protocol'
import { AicqError } from '../errors.ts'
import type { Kept } from './store.ts'

const day = 86_400_000

/** Milliseconds for which a prekey is good: what every server allows. */
export const prekeyLife = 28 * day
/** Milliseconds after which no direct message comes any more, on any server; so long are secrets of old prekeys and read texts kept. */
export const longestDmLife = 31 * day

/** First messages that are remembered at most; beyond, a session that uses up no prekey is not begun with us. */
const mostSeen = 10_000
/** Sessions with one agent that are kept; the one that was used longest ago goes first. */
const mostSessions = 16

/** The secret half of a prekey of ours. */
export interface KeptPrekey extends PrekeySecret {
  /** Milliseconds. */
  readonly expires: number
}

/** An installation of an agent: one store, one installation. */
export interface Installation {
  /** The agent's UUID, and the did:key for which the prekeys were made. */
  readonly agent: string
  readonly key: string
  readonly installation: string
  readonly prekeys: readonly KeptPrekey[]
  /** First messages that used up no prekey, and until when they could come again (ms). */
  readonly seen: Readonly<Record<string, number>>
}

/** What is known of an agent that we write with. That there is one says that it has announced `aicq-dm-v2`. */
export interface Peer {
  /** The one in which it was read or written last comes last. */
  readonly sessions: readonly Place[]
}

/** A session of a peer. */
export interface Place {
  readonly id: string
  readonly installation: string
  /** did:key of the peer. */
  readonly key: string
  /** Until the peer has answered: when its prekey expires (ms), after which it may not be able to read us. */
  readonly until?: number
  /** Too much is missing, or we have another key than when it began: another session has to be begun. */
  readonly broken?: true
}

/** A text that was read and is not acknowledged yet: its key is gone. */
export interface KeptText {
  readonly text: string
  readonly from: string
  /** The end of its body, so that it is shown for no other. */
  readonly end: string
}

async function read<T>(kept: Kept, name: string): Promise<T | undefined> {
  const text = await kept.read(name)
  return text === undefined ? undefined : (JSON.parse(text) as T)
}

/** Our installation, and whether it is new: then it is not kept yet. Errors: `state_unusable`. */
export async function readInstallation(
  kept: Kept,
  { id, did }: Identity,
): Promise<{ readonly ours: Installation; readonly isNew: boolean }> {
  const known = await read<Installation>(kept, 'installation')
  if (known && known.agent !== id)
    throw new AicqError(
      'state_unusable',
      `the state that was given belongs to agent ${known.agent}, and not to ${id}`,
      {
        retryable: false,
        status: 0,
      },
    )
  if (known?.key === did) return { ours: known, isNew: false }
  const ours = { agent: id, key: did, installation: crypto.randomUUID(), prekeys: [], seen: {} }
  return { ours, isNew: true }
}

export const readPeer = (kept: Kept, agent: string): Promise<Peer | undefined> => read<Peer>(kept, `peer-${agent}`)
export const readSession = (kept: Kept, id: string): Promise<Session | undefined> =>
  read<Session>(kept, `session-${id}`)
export const readText = (kept: Kept, message: string): Promise<KeptText | undefined> =>
  read<KeptText>(kept, textName(message))

export const textName = (message: string): string => `text-${message}`

/** Changes, as a store takes them. */
export const installationChange = (ours: Installation) => ({ installation: JSON.stringify(ours) })
export const peerChange = (agent: string, peer: Peer) => ({ [`peer-${agent}`]: JSON.stringify(peer) })
export const textChange = (message: string, text: KeptText) => ({ [textName(message)]: JSON.stringify(text) })

/** The change that keeps a session as the one that was used last. */
export function sessionChange(
  peer: Peer | undefined,
  session: Session,
  until: number | undefined,
): Record<string, string | undefined> {
  const { id, peer: party } = session
  const broken = peer?.sessions.some((one) => one.id === id && one.broken) && { broken: true as const }
  const ends = until === undefined ? {} : { until }
  const place = { id, installation: party.installation, key: party.key, ...ends, ...broken }
  const all = [...(peer?.sessions ?? []).filter((one) => one.id !== id), place]
  const dropped = all.slice(0, -mostSessions).map((one) => [`session-${one.id}`, undefined])
  return {
    ...Object.fromEntries(dropped),
    [`session-${id}`]: JSON.stringify(session),
    ...peerChange(party.agent, { sessions: all.slice(-mostSessions) }),
  }
}

/** The installation without what can no longer be needed. */
export function withoutOld(ours: Installation, now: number): Installation {
  return {
    ...ours,
    prekeys: ours.prekeys.filter(({ expires }) => now < expires + longestDmLife),
    seen: Object.fromEntries(Object.entries(ours.seen).filter(([, until]) => now < until)),
  }
}

/** The changes after which nothing is said in the sessions that there are; what comes in them is read. */
export async function endedSessions(kept: Kept): Promise<Record<string, string>> {
  const agents = (await kept.names()).flatMap((name) => (name.startsWith('peer-') ? [name.slice(5)] : []))
  const changes = await Promise.all(
    agents.map(async (agent) => {
      const sessions = (await readPeer(kept, agent))!.sessions.map((one) => ({ ...one, broken: true as const }))
      return peerChange(agent, { sessions })
    }),
  )
  return Object.assign({}, ...changes)
}

/** The change that erases texts of messages that are no longer anywhere. */
export async function withoutOldTexts(kept: Kept, now: number): Promise<Record<string, undefined>> {
  const names = await kept.names()
  const isOld = (id: string) => isMessageId(id) && messageIdTime(id) < now - longestDmLife
  return Object.fromEntries(
    names.flatMap((name) => (name.startsWith('text-') && isOld(name.slice(5)) ? [[name, undefined]] : [])),
  )
}

/** Whether a first message has been seen, or cannot be remembered. */
export const isSeen = ({ seen }: Installation, first: string): boolean =>
  first in seen || Object.keys(seen).length >= mostSeen
