import type { Attempt, History, Seen } from './history.ts'

/** What a run comes to: the last line that it prints. */
export interface Verdict {
  readonly acknowledged: number
  readonly lost: number
  readonly duplicated: number
  readonly reordered: number
  readonly leaked: number
  readonly replayed: number
  readonly faults: number
}

/** Judges a history; `told`: of each promise that was broken. */
export function check(history: History, told: (words: string) => void = () => {}): Verdict {
  const acknowledged = history.attempts.filter(({ acked }) => acked)
  const count = (faults: readonly string[]) => {
    for (const words of faults) told(words)
    return faults.length
  }
  return {
    acknowledged: acknowledged.length,
    lost: count([...lost(history, acknowledged), ...unheard(history)]),
    duplicated: count([...twiceStored(history), ...twiceHeard(history)]),
    reordered: count([...gaps(history), ...heardOutOfOrder(history), ...againstTime(acknowledged)]),
    leaked: count(history.leaks),
    replayed: count(history.replays),
    faults: history.faults.length,
  }
}

/** Acknowledged, or heard by somebody, and not there in the end as it was told then. */
function lost({ rooms, heard }: History, acknowledged: readonly Attempt[]): string[] {
  const known = new Map([...rooms].map(([room, all]) => [room, new Map(all.map((one) => [one.id, one]))]))
  const isThere = (room: string, { id, seq, body }: Seen) => {
    const one = known.get(room)?.get(id)
    return one?.seq === seq && one.body === body
  }
  return [
    ...acknowledged
      .filter(({ room, id, body, acked }) => !isThere(room, { id, seq: acked!.seq, body }))
      .map(({ id }) => `lost: ${id} was acknowledged`),
    ...heard.flatMap(({ reader, room, messages }) =>
      messages
        .filter((one) => !isThere(room, one))
        .map(({ id }) => `lost: ${id} was heard by ${reader} and is not there`),
    ),
  ]
}

/** What a room holds, and a reader that followed it from the beginning never heard. */
function unheard({ rooms, heard }: History): string[] {
  return heard.flatMap(({ reader, room, messages }) => {
    const known = new Set(messages.map(({ id }) => id))
    return (rooms.get(room) ?? [])
      .filter(({ id }) => !known.has(id))
      .map(({ id }) => `lost: ${id} did not come to ${reader}`)
  })
}

function twice(ids: readonly string[]): string[] {
  const known = new Set<string>()
  return ids.filter((id) => known.has(id) || !known.add(id))
}

function twiceStored({ rooms, attempts }: History): string[] {
  return [...rooms].flatMap(([room, all]) => {
    const bodies = new Map<string, number>()
    for (const { body } of all) bodies.set(body, (bodies.get(body) ?? 0) + 1)
    return attempts
      .filter((one) => one.room === room && (bodies.get(one.body) ?? 0) > 1)
      .map(({ id }) => `duplicated: ${id} is stored more than once`)
  })
}

const twiceHeard = ({ heard }: History) =>
  heard.flatMap(({ reader, messages }) =>
    twice(messages.map(({ id }) => id)).map((id) => `duplicated: ${id} came to ${reader} more than once`),
  )

/** Numbers of a room without holes, each once. */
const gaps = ({ rooms }: History) =>
  [...rooms].flatMap(([room, all]) =>
    all.flatMap(({ seq }, at) => (seq === at + 1 ? [] : [`reordered: ${room} has ${seq} where ${at + 1} belongs`])),
  )

const heardOutOfOrder = ({ heard }: History) =>
  heard.flatMap(({ reader, messages }) =>
    messages.flatMap(({ id, seq }, at) =>
      at > 0 && seq < messages[at - 1]!.seq ? [`reordered: ${id} came to ${reader} after a later one`] : [],
    ),
  )

/** What was acknowledged before something else was sent has the lower number. */
function againstTime(acknowledged: readonly Attempt[]): string[] {
  const rooms = Map.groupBy(acknowledged, ({ room }) => room)
  return [...rooms.values()].flatMap((all) => {
    const ends = [...all].sort((a, b) => a.acked!.at - b.acked!.at)
    let done = 0
    let highest = 0
    return [...all]
      .sort((a, b) => a.began - b.began)
      .flatMap(({ id, began, acked }) => {
        while (done < ends.length && ends[done]!.acked!.at < began)
          highest = Math.max(highest, ends[done++]!.acked!.seq)
        return acked!.seq < highest ? [`reordered: ${id} is before what was acknowledged before it was sent`] : []
      })
  })
}

/** Whether every promise was kept, and anything was asked of them. */
export const isKept = ({ acknowledged, lost, duplicated, reordered, leaked, replayed }: Verdict) =>
  acknowledged > 0 && lost + duplicated + reordered + leaked + replayed === 0
