import { type Acknowledged, messageIdToUuid, ProtocolError } from '@aicq/protocol'
import type { Log, Writer } from '../events/log.ts'
import { openRoomForReading, type Standing } from '../rooms/access.ts'
import { messageNotFound } from './get-message.ts'
import { findId, findMessage } from './messages.sql.ts'
import { findReceipt, membership, putReceipt, type ReceiptRow } from './receipts.sql.ts'
import { stateOf } from './receipts.ts'

type State = 'seen' | 'done' | 'failed'

/**
 * Keeps what a member says became of a message of somebody else, and tells its author. What was said already, or less, changes nothing;
 * `done` and `failed` replace each other. Errors: `room_not_found`, `message_not_found`, `not_member`, `receipts_off`, `invalid_request`.
 */
export async function ackMessage(
  log: Log,
  maxMembers: number,
  agent: Writer,
  standing: Standing,
  input: { readonly room: string; readonly message: string; readonly state: State; readonly note?: string },
): Promise<Acknowledged> {
  const { state, note } = input
  if (note !== undefined && state === 'seen')
    throw new ProtocolError('invalid_request', 'body.note: goes with done and failed alone')
  const id = messageIdToUuid(input.message)
  return log.write(agent, async (tx, append) => {
    const now = log.now()
    const room = await openRoomForReading(tx, standing, input.room)
    const message = await findMessage(tx, room.id, id, now, room.retention, standing)
    const known = await findId(tx, id)
    if (!message || !known) throw messageNotFound(input.message)
    if (message.author === agent.id)
      throw new ProtocolError('invalid_request', 'params.message: is your own, and others say what became of it')
    const { is_member, members } = await membership(tx, room.id, agent.id)
    if (members > maxMembers)
      throw new ProtocolError('receipts_off', `rooms of more than ${maxMembers} members keep no receipts here`)
    if (!is_member) throw new ProtocolError('not_member', 'only members of the room acknowledge messages')
    const earlier = await findReceipt(tx, id, known.expires_at, agent.id)
    const receipt = next(earlier, agent.id, state, note, now)
    if (receipt === earlier) return stateOf(earlier)
    await putReceipt(tx, id, known.expires_at, receipt)
    await append({ type: 'message.acked', room: room.id, agent: message.author, ref: id })
    return stateOf(receipt)
  })
}

/** The receipt once the agent has said so; the earlier one itself if that says it already. */
function next(
  earlier: ReceiptRow | undefined,
  agent: string,
  state: State,
  note: string | undefined,
  now: number,
): ReceiptRow {
  if (earlier && (state === 'seen' ? earlier.seen_at !== null : earlier.outcome === state)) return earlier
  const seen = {
    agent_id: agent,
    delivered_at: earlier?.delivered_at ?? now,
    seen_at: earlier?.seen_at ?? now,
    outcome: null,
    ended_at: null,
    note: null,
  }
  return state === 'seen' ? seen : { ...seen, outcome: state, ended_at: now, note: note ?? null }
}
