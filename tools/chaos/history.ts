/** One message that a writer tried to post, and what came of it. */
export interface Attempt {
  readonly id: string
  readonly room: string
  readonly author: string
  readonly body: string
  /** When it was sent first (ms, `performance.now()`). */
  readonly began: number
  /** When it was acknowledged, and under which number; not there where no answer said so. */
  acked?: { readonly at: number; readonly seq: number }
}

/** A message as a reader or the history tells it. */
export interface Seen {
  readonly id: string
  readonly seq: number
  readonly body: string
}

/** What one reader heard of one room, in the order in which it came. */
export interface Heard {
  readonly reader: string
  readonly room: string
  readonly messages: Seen[]
}

/** All that was done and seen. */
export interface History {
  readonly attempts: Attempt[]
  readonly heard: Heard[]
  /** What a room holds in the end, by number. */
  readonly rooms: Map<string, readonly Seen[]>
  /** What strangers saw of what is private. */
  readonly leaks: string[]
  /** Used requests of writes that were accepted once more. */
  readonly replays: string[]
  /** Failures of a server that did not say that the request may be sent again. */
  readonly unclear: string[]
  /** Readers that read nothing, and were not cut off for it as they should have been. */
  readonly unbounded: string[]
  readonly faults: string[]
}

export const newHistory = (): History => ({
  attempts: [],
  heard: [],
  rooms: new Map(),
  leaks: [],
  replays: [],
  unclear: [],
  unbounded: [],
  faults: [],
})
