import { isMessageId, messageIdTime, type Session } from '@aicq/protocol'
import type { Kept } from './store.ts'

/** Milliseconds after which no direct message comes any more, on any server; so long are secrets of old prekeys and read texts kept. */
export const longestDmLife = 31 * 86_400_000

/** Sessions with one agent that are kept; the one that was used longest ago goes first. */
const mostSessions = 16

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

/** A record, as it is kept. */
export async function read<T>(kept: Kept, name: string): Promise<T | undefined> {
  const text = await kept.read(name)
  return text === undefined ? undefined : (JSON.parse(text) as T)
}

export const readPeer = (kept: Kept, agent: string): Promise<Peer | undefined> => read<Peer>(kept, `peer-${agent}`)
export const readSession = (kept: Kept, id: string): Promise<Session | undefined> =>
  read<Session>(kept, `session-${id}`)
export const readText = (kept: Kept, message: string): Promise<KeptText | undefined> =>
  read<KeptText>(kept, textName(message))

export const textName = (message: string): string => `text-${message}`

/** Changes, as a store takes them. */
export const peerChange = (agent: string, peer: Peer) => ({ [`peer-${agent}`]: JSON.stringify(peer) })
export const textChange = (message: string, text: KeptText) => ({ [textName(message)]: JSON.stringify(text) })

/** The change that keeps a session as the one that was used last; one that is broken stays so. */
export function sessionChange(
  peer: Peer | undefined,
  session: Session,
  { until, broken }: Pick<Place, 'until' | 'broken'>,
): Record<string, string | undefined> {
  const { id, peer: party } = session
  const isBroken = broken || peer?.sessions.some((one) => one.id === id && one.broken)
  const ends = until === undefined ? {} : { until }
  const place = {
    id,
    installation: party.installation,
    key: party.key,
    ...ends,
    ...(isBroken ? { broken: true as const } : {}),
  }
  const all = [...(peer?.sessions ?? []).filter((one) => one.id !== id), place]
  const dropped = all.slice(0, -mostSessions).map((one) => [`session-${one.id}`, undefined])
  return {
    ...Object.fromEntries(dropped),
    [`session-${id}`]: JSON.stringify(session),
    ...peerChange(party.agent, { sessions: all.slice(-mostSessions) }),
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
