import type { Event, Named } from '@aicq/protocol'
import type { Told } from './entry.ts'
import type { View } from './view.ts'

export interface Packed {
  readonly told: readonly Told[]
  readonly rest: readonly Named[]
  /** How many of the events, from the first, the reply speaks of. */
  readonly taken: number
}

/** Bytes of a token, as an estimate. */
const tokenBytes = 4
/** Bytes of a reply around its events. */
const frame = 200

/**
 * Packs events for a reader with little room, what matters first: direct messages and mentions, then threads in which the reader wrote
 * (`answers`: messages whose thread is one), then the rest. What does not fit is named; naming takes half of the room at most.
 */
export function pack(view: View, events: readonly Told[], answers: ReadonlySet<string>, maxTokens: number): Packed {
  const room = maxTokens * tokenBytes - frame
  const items = events.map((told) => {
    const name = nameOf(told)
    return { told, name, nameBytes: JSON.stringify(name).length + 1, bytes: told.json.length + 1 }
  })
  let taken = 0
  let used = 0
  while (taken < items.length && (taken === 0 || used + items[taken]!.nameBytes <= room / 2))
    used += items[taken++]!.nameBytes
  const chosen = new Set<Told>()
  const first = items.slice(0, taken)
  for (const weight of [0, 1, 2])
    for (const { told, bytes, nameBytes } of first) {
      if (weightOf(view, told, answers) !== weight || used - nameBytes + bytes > room) continue
      used += bytes - nameBytes
      chosen.add(told)
    }
  const byWeight = [...chosen].sort((a, b) => weightOf(view, a, answers) - weightOf(view, b, answers))
  return { told: byWeight, rest: first.filter(({ told }) => !chosen.has(told)).map(({ name }) => name), taken }
}

function weightOf({ keys, agent }: View, { entry }: Told, answers: ReadonlySet<string>): number {
  const { type, said } = entry
  if (type.startsWith('dm.')) return 0
  if (said && said.author !== agent && said.mentions.some((key) => keys.includes(key))) return 0
  return said && answers.has(said.id) ? 1 : 2
}

function nameOf({ json, entry }: Told): Named {
  const { message, dm, message_id, room, agent } = JSON.parse(json.toString()) as Event
  const id = message?.id ?? dm?.id ?? message_id
  const from = message?.from ?? dm?.from ?? agent
  return {
    type: entry.type,
    ts: entry.at,
    ...(id === undefined ? {} : { id }),
    ...(room === undefined ? {} : { room }),
    ...(from === undefined ? {} : { from }),
    tokens: Math.ceil(json.length / tokenBytes),
  }
}
