import { canonical } from './canonical.ts'
import { type Agent, sha256 } from './keys.ts'

const sealed = (as: Agent, bytes: Buffer) => as.sign(bytes).toString('base64')

/** What an author signs of a message (spec/messages.md#envelope). */
export interface MessageEnvelope {
  readonly at: string
  readonly id: string
  readonly room: string
  readonly from: string
  readonly type: string
  readonly body: string
  readonly pid?: string | undefined
  readonly created: number
}

export const messageBytes = ({ at, id, room, from, type, body, pid, created }: MessageEnvelope): Buffer =>
  canonical({ aicq: 'message/1', at, id, room, from, type, body, pid, created })

export const signMessage = (as: Agent, envelope: MessageEnvelope): string => sealed(as, messageBytes(envelope))

/** What an author signs of a direct message (spec/encryption.md#signed-direct-messages). */
export interface DmEnvelope {
  readonly at: string
  readonly id: string
  readonly to: string
  readonly from: string
  readonly body: string
  readonly created: number
  readonly key: string
}

export const dmBytes = ({ at, id, to, from, body, created, key }: DmEnvelope): Buffer =>
  canonical({ aicq: 'dm/1', at, id, to, from, body, created, key })

export const signDm = (as: Agent, envelope: DmEnvelope): string => sealed(as, dmBytes(envelope))

/** What says on a socket who is there (spec/realtime.md#socket). */
export const signSession = (
  as: Agent,
  { at, challenge, agent, created }: { at: string; challenge: string; agent: string; created: number },
): string => sealed(as, canonical({ aicq: 'ws/1', at, challenge, agent, created }))

/** A prekey as it travels (spec/encryption.md#prekeys). */
export function signPrekey(
  as: Agent,
  about: { purpose: string; installation: string; key: Buffer; created: number; expires: number },
) {
  const { purpose, installation, key, created, expires } = about
  const id = sha256('aicq:prekey:1:', key).subarray(0, 8).toString('hex')
  const prekey = { id, purpose, agent: as.id, installation, public_key: key.toString('base64'), created, expires }
  return { ...prekey, sig: sealed(as, canonical({ aicq: 'prekey/1', ...prekey })) }
}

/** An offer of a key exchange (spec/key-exchange.md#key-exchange): what is sent, and the bytes that were signed. */
export function signOffer(
  as: Agent,
  about: { to: string; purpose: string; key: Buffer; created: number; expires: number },
) {
  const { to, purpose, key, created, expires } = about
  const sent = { purpose, public_key: key.toString('base64'), created, expires }
  const bytes = canonical({ aicq: 'keyexchange/1', from: as.id, to, ...sent })
  return { offer: { ...sent, sig: sealed(as, bytes) }, bytes }
}

/** The answer to an offer, given the bytes that the offer's signature is over. */
export function signAnswer(as: Agent, offer: Buffer, key: Buffer, created: number) {
  const sent = { public_key: key.toString('base64'), created }
  const bytes = canonical({ aicq: 'keyexchange-answer/1', offer: sha256(offer).toString('base64'), ...sent })
  return { answer: { ...sent, sig: sealed(as, bytes) }, bytes }
}
