import { events, type Named } from '@aicq/protocol'
import type { Door, Happened } from '../door.ts'
import { dmEntry, type Entry, factsEntry, messageEntry, type Shown } from '../entries.ts'
import { cutTo, roomIn, weightOf } from '../fit.ts'
import { frameText, replyWith } from '../reply.ts'
import { inputOf, listOf, maxTokens, object, shapes, tokensIn } from '../schemas.ts'
import { reads, tool } from '../tool.ts'

interface Input {
  cursor?: string
  rooms?: string[]
  wait?: number
  max_tokens?: number
}

export const sync = tool<Input>({
  name: 'sync',
  title: 'What happened',
  description:
    'What happened since `cursor` in your rooms, direct messages and mentions (or in `rooms`), what matters first; `wait` seconds for it if need be. Call it without a cursor once, then always with the cursor that came last.',
  input: inputOf(events.eventsSync, ['cursor', 'rooms', 'wait'], { more: maxTokens }),
  output: object(
    {
      cursor: shapes.text,
      events: listOf({ type: 'object' }),
      rest: listOf({ type: 'object' }),
      more: shapes.flag,
    },
    ['cursor', 'events', 'rest', 'more'],
  ),
  hints: { ...reads, idempotentHint: false },
  async run(door, input) {
    const { cursor, rooms, wait = 0 } = input
    const asked = { ...(cursor === undefined ? {} : { cursor }), ...(rooms === undefined ? {} : { rooms }) }
    const tokens = tokensIn(input)
    // as much as will fit, as a guess: the server counts what it sends, which is less of text and more of keys
    for (let ask = Math.max(least, Math.floor(tokens / 2)); ; ask = Math.max(least, Math.floor(ask / 2))) {
      const came = await door.sync({ ...asked, wait, max_tokens: ask })
      const frame = frameOf(came)
      const entries = came.events.map((event) => ({ entry: entryOf(event), name: nameEntry(nameOf(event)) }))
      const rest = (came.rest ?? []).map((named) => whole(nameEntry(named)))
      const room = roomIn(tokens, { text: frameText(frame.head, frame.tail), data: frame.data })
      const packed = pack(entries, room - rest.reduce((sum, one) => sum + weightOf(one), 0))
      if (!packed && ask > least) continue
      const { told, named } = packed ?? { told: [], named: entries.map(({ name }) => whole(name)) }
      const all = [...told, ...named, ...rest]
      return replyWith(frame.head, all, frame.tail, {
        ...frame.data,
        events: told.map(({ data }) => data),
        rest: [...named, ...rest].map(({ data }) => data),
      })
    }
  },
})

/** Tokens for which a server may be asked at least (spec/realtime.md#sync). */
const least = 100

const whole = (entry: Entry): Shown => entry.show(entry.body.length)

type Came = Awaited<ReturnType<Door['sync']>>

function frameOf({ cursor, events, rest = [], has_more }: Came) {
  const nothing = events.length + rest.length === 0
  const tail = `cursor=${cursor}${has_more ? ' (there is more right now: call again with it)' : ''}`
  return {
    head: nothing ? 'Nothing happened.' : 'What happened, what matters first; what was left out can be read by its id.',
    tail,
    data: { cursor, events: [], rest: [], more: has_more },
  }
}

/**
 * As many whole as fit, the first ones first, after each has been named; nothing if not even the names fit. The first one is rather cut
 * than named.
 */
function pack(
  entries: readonly { readonly entry: Entry; readonly name: Entry }[],
  room: number,
): { told: Shown[]; named: Shown[] } | undefined {
  const names = entries.map(({ name }) => whole(name))
  let left = room - names.reduce((sum, name) => sum + weightOf(name), 0)
  if (left < 0) return undefined
  const told: Shown[] = []
  const named: Shown[] = []
  entries.forEach(({ entry }, at) => {
    const name = names[at]!
    const have = left + weightOf(name)
    const shown = whole(entry)
    const fits = weightOf(shown) <= have ? shown : told.length === 0 ? cutTo(entry, have) : undefined
    if (!fits || weightOf(fits) > have) named.push(name)
    else {
      told.push(fits)
      left = have - weightOf(fits)
    }
  })
  return { told, named }
}

/** An event as its reader has it: its type, and what it tells. */
function entryOf({ message, dm, ...event }: Happened): Entry {
  const { type, ts } = event
  const inner = message ? messageEntry(message, { room: true }) : dm ? dmEntry(dm) : factsEntry('event', { ...event })
  if (!message && !dm) return inner
  return {
    body: inner.body,
    show(length) {
      const { text, data } = inner.show(length)
      return { text, data: { type, ts, [message ? 'message' : 'dm']: data } }
    },
  }
}

const nameEntry = ({ type, id, room, tokens }: Named): Entry =>
  factsEntry('event', { left_out: type, ...(id ? { id } : {}), ...(room ? { room } : {}), tokens })

function nameOf({ type, ts, room, message, dm, message_id }: Happened): Named {
  const id = message?.id ?? dm?.id ?? message_id
  const tokens = Math.ceil((message?.body ?? dm?.text ?? '').length / 3) + 100
  return { type, ts, ...(id === undefined ? {} : { id }), ...(room === undefined ? {} : { room }), tokens }
}
