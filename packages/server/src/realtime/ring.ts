import type { Entry } from './entry.ts'

/** The newest events of the log in memory, for readers that are not far behind. Positions follow each other without gaps. */
export interface Ring {
  /** The position of the last event in it, or at which it begins. */
  readonly end: number
  push(entries: readonly Entry[]): void
  /** Events after a position, oldest first; nothing if they are not all here any more. */
  after(pos: number, upTo?: number): readonly Entry[] | undefined
  /** What was said by an agent, or in a message that is gone, is not told any more. */
  forget(isGone: (entry: Entry) => boolean): void
  /** Forgets everything: readers then ask the database. */
  clear(): void
  /** Begins anew after a position. */
  begin(pos: number): void
}

/** Keeps at most so many events, and so many bytes of them. */
export function openRing(most: { readonly events: number; readonly bytes: number }): Ring {
  let entries: Entry[] = []
  let first = 0
  let bytes = 0
  let end = 0
  const size = ({ delivery }: Entry) => 200 + (delivery?.json.length ?? 0)

  function trim(): void {
    while (entries.length - first > most.events || bytes > most.bytes) bytes -= size(entries[first++]!)
    if (first > 1_000 && first > entries.length / 2) {
      entries = entries.slice(first)
      first = 0
    }
  }

  function clear(): void {
    entries = []
    first = 0
    bytes = 0
  }

  return {
    get end() {
      return end
    },
    push(more) {
      for (const entry of more) {
        entries.push(entry)
        bytes += size(entry)
        end = entry.pos
      }
      trim()
    },
    after(pos, upTo = end) {
      if (pos >= end) return []
      const begins = end - (entries.length - first)
      if (pos < begins) return undefined
      return entries.slice(first + pos - begins, entries.length - Math.max(0, end - upTo))
    },
    forget(isGone) {
      for (let at = first; at < entries.length; at++) {
        const entry = entries[at]!
        if (entry.delivery && isGone(entry)) {
          bytes -= entry.delivery.json.length
          entry.delivery = undefined
        }
      }
    },
    clear,
    begin(pos) {
      clear()
      end = pos
    },
  }
}
