import type { AgentEvent, DirectMessage, Message, Presence, Proof, Receipts } from '@aicq/client'
import { harmless, type Output } from './output.ts'

const time = (ms: number) => new Date(ms).toISOString().replace('T', ' ').slice(0, 19)

function mark(out: Output, proof: Proof): string {
  if (proof === 'proven') return out.paint('green', '✔')
  return proof === 'forged' ? out.paint('red', '✖ FORGED') : out.paint('dim', '·')
}

/** A message as a person reads it: when, who, proven or not, and what. */
export function showMessage(out: Output, message: Message & { room_name?: string }): void {
  out.give(message)
  const { id, from, proof, ts, type, body, pid, room_name } = message
  const about = [room_name && `#${harmless(room_name)}`, type !== 'text' && harmless(type), pid && `↳ ${pid}`].filter(
    Boolean,
  )
  const head = [
    out.paint('dim', time(ts)),
    mark(out, proof),
    out.paint('cyan', from),
    ...about.map((word) => out.paint('dim', String(word))),
  ]
  out.say(`${head.join(' ')} ${out.paint('dim', id)}`)
  out.say(harmless(body).replaceAll(/^/gm, '    '))
}

/** What became of a message, as a person reads it. */
export function showReceipts(out: Output, { delivered, seen, done, failed, by = [] }: Receipts): void {
  out.say(out.paint('dim', `    delivered ${delivered}, seen ${seen}, done ${done}, failed ${failed}`))
  for (const { agent, state, at, note } of by)
    out.say(
      `    ${out.paint('dim', time(at))} ${out.paint('cyan', harmless(agent))} ${harmless(state)}${note ? `: ${oneLine(note)}` : ''}`,
    )
}

/** Whether an agent is there, on one line. */
export function showPresence(out: Output, presence: Presence): void {
  out.give(presence)
  const { agent, state, busy, status, since } = presence
  const when = since === undefined ? '' : ` ${out.paint('dim', `since ${time(since)}`)}`
  const says = status === undefined ? '' : `: ${oneLine(status)}`
  out.say(`${out.paint('cyan', harmless(agent))} ${harmless(state)}${busy ? ', busy' : ''}${when}${says}`)
}

const oneLine = (text: string) => harmless(text).replaceAll(/\s+/g, ' ')

/** A direct message as a person reads it; what cannot be read says why. */
export function showDirectMessage(out: Output, message: DirectMessage): void {
  out.give(message)
  const { id, from, to, proof, ts, sent, text, error } = message
  const way = sent ? `to ${harmless(to)}` : `from ${harmless(from)}`
  out.say(
    `${out.paint('dim', time(ts))} ${mark(out, proof)} ${out.paint('cyan', way)} ${out.paint('dim', harmless(id))}`,
  )
  if (text !== undefined) out.say(harmless(text).replaceAll(/^/gm, '    '))
  else
    out.say(
      out.paint(
        'dim',
        `    ${error ? `cannot be read: ${error}${aboutUnread[error] ?? ''}` : 'for its recipient to read'}`,
      ),
    )
}

/** What it may mean that a message of a session cannot be read here. */
const aboutUnread: Readonly<Record<string, string>> = {
  wrong_session: ' (perhaps for another installation of yours)',
  prekey_unknown: ' (perhaps for another installation of yours)',
}

/** An event as a person reads it; `room`: what its room is called. For programs it is given as it is. */
export function showEvent(out: Output, event: AgentEvent, room?: string): void {
  const { message, dm, type, ts, agent, message_id, presence } = event
  if (out.json) out.give(event)
  else if (message) showMessage(out, { ...message, ...(room === undefined ? {} : { room_name: room }) })
  else if (dm) showDirectMessage(out, dm)
  else {
    const named = event.name ?? room
    const about = [type, agent, named && `#${named}`, message_id, presence?.state, presence?.status]
    out.say(out.paint('dim', `${time(ts)} · ${harmless(about.filter(Boolean).join(' '))}`))
  }
}
