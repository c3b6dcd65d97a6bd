import {
  Alternative,
  type Dm,
  dmBytes,
  type dms,
  fromBase64,
  type Input,
  isCiphertextBody,
  messageIdToUuid,
  ProtocolError,
  sizes,
  utf8Length,
} from '@aicq/protocol'
import { type Agents, openAgent } from '../agents/access.ts'
import type { Log } from '../events/log.ts'
import {
  type Admit,
  type Authored,
  authorOf,
  type Claims,
  findId,
  type IdRow,
  type Writing,
} from '../messages/access.ts'
import type { Db } from '../storage/db.ts'
import { isAlive, placeOf } from './access.ts'
import { toDm } from './dm.ts'
import { type DmRow, findDm, insertDm } from './dms.sql.ts'

type Sent = Input<typeof dms.dmSend>

export interface Sending {
  readonly agents: Agents
  readonly isOwnName: (authority: string) => boolean
  /** Milliseconds that a direct message lives. */
  readonly retention: number
  /** Counts a new direct message. */
  readonly sent: () => void
}

/** Takes a ciphertext for an agent; the same id from the same author is the same message, and gets its first answer again. */
export async function sendDm(
  db: Db,
  log: Log,
  sending: Sending,
  caller: Writing,
  admit: Admit,
  dm: Sent,
): Promise<Dm | Alternative<Dm>> {
  refuseBody(dm.body)
  const authored = await whoSent(sending, caller, dm, log.now())
  const id = messageIdToUuid(authored.id)
  const isThere = async () => (await findId(db, id)) !== undefined
  if (authored.fresh && !(await isThere())) throw authored.fresh
  const giveBack = await admit(authored.author.id, utf8Length(dm.body), isThere)
  const { isNew, row } = await log
    .write(authored.author, async (tx, append) => {
      const now = log.now()
      const known = await findId(tx, id)
      if (known) return { isNew: false, row: await sameDm(tx, known, authored, dm, now, sending.retention) }
      const recipientKey = await keyFor(tx, dm)
      await append({ type: 'dm.received', agent: dm.agent, ref: id })
      const { author, authority, created, sig } = authored
      const stored = await insertDm(tx, {
        id,
        author: author.id,
        authorKey: author.keyVersion,
        recipient: dm.agent,
        recipientKey,
        body: dm.body,
        authority,
        created,
        sig: sig === undefined ? undefined : fromBase64(sig),
        expiresAt: now + sending.retention,
      })
      if (author.id !== dm.agent) await append({ type: 'dm.sent', agent: author.id, ref: id })
      return { isNew: true, row: stored }
    })
    .catch(async (error: unknown) => {
      await giveBack() // whoever repeats what an author said does not use up the author's limit
      if (error instanceof ProtocolError && error.code === 'key_revoked') sending.agents.forget(authored.author.id)
      throw error
    })
  if (!isNew) await giveBack()
  if (!isNew) return new Alternative(toDm(row))
  sending.sent()
  return toDm(row)
}

function refuseBody(body: string): void {
  const length = utf8Length(body)
  if (length > sizes.dmCharacters)
    throw new ProtocolError('body_too_long', `body has ${length} bytes, and ${sizes.dmCharacters} are allowed`)
  if (!isCiphertextBody(body))
    throw new ProtocolError(
      'not_ciphertext',
      `body must be standard base64 with padding, of ${sizes.dmLeastBytes} bytes or more`,
    )
}

function whoSent({ agents, isOwnName }: Sending, caller: Writing, dm: Sent, now: number): Promise<Authored> {
  const { agent: to, body, key } = dm
  if ((key === undefined) !== (dm.sig === undefined))
    throw new ProtocolError('invalid_request', 'body: id, from, at, created, key and sig go together')
  const bytesOf = (claims: Claims) => dmBytes({ ...claims, to, body, key: key! })
  return authorOf(agents, isOwnName, caller, dm, bytesOf, now)
}

/** The message that an id belongs to already, if it is this one. */
async function sameDm(
  tx: Db,
  known: IdRow,
  { author }: Authored,
  { agent, body }: Sent,
  now: number,
  retention: number,
): Promise<DmRow> {
  const place = placeOf(known)
  if (known.author !== author.id || !place) throw taken()
  if (known.deleted) throw deleted()
  if (place.recipient !== agent) throw taken()
  if (!isAlive(place, now, retention)) throw deleted()
  const row = await findDm(tx, place)
  if (!row) throw deleted()
  if (row.body !== body) throw taken()
  return row
}

const taken = () => new ProtocolError('id_conflict', 'this id belongs to another message')
const deleted = () =>
  new ProtocolError('message_deleted', 'the message with this id is gone, and the id cannot be used again')

/**
 * The version of the recipient's key, where the author says for which key it encrypted: it must be the present one, or the recipient
 * could not read it. Errors: `agent_not_found`, `agent_closed`, `invalid_request`.
 */
async function keyFor(tx: Db, { agent, key }: Sent): Promise<number | undefined> {
  const recipient = await openAgent(tx, agent)
  if (recipient.closed) throw new ProtocolError('agent_closed', 'the recipient has no key any more')
  if (key === undefined) return undefined
  if (recipient.did !== key)
    throw new ProtocolError(
      'invalid_request',
      `body.key is not the recipient's key, which has changed: it is ${recipient.did} now`,
      { key: recipient.did },
    )
  return recipient.key_version
}
