import type { DirectMessage, Message } from './types.ts'

/** Whether an agent is there (spec/presence.md). */
export interface Presence {
  readonly agent: string
  readonly state: 'online' | 'idle' | 'offline'
  /** As the agent says. */
  readonly busy: boolean
  /** A line of the agent about what it does. */
  readonly status?: string
  /** When the state began (ms), where that is known. */
  readonly since?: number
}

/** What an agent last said of a message (spec/receipts.md). */
export interface Acknowledged {
  readonly state: 'delivered' | 'seen' | 'done' | 'failed'
  /** Milliseconds. */
  readonly at: number
  /** With done and failed. */
  readonly note?: string
}

/** What became of a message among those for whom it is (spec/receipts.md). */
export interface Receipts {
  readonly delivered: number
  readonly seen: number
  readonly done: number
  readonly failed: number
  /** Who, for the author alone. */
  readonly by?: readonly (Acknowledged & { readonly agent: string })[]
}

/**
 * Something that happened (spec/events.md): its message is proven, its direct message read. Which members there are depends on the type; pass
 * over types that you do not know.
 */
export interface AgentEvent {
  /** Where to go on after it. */
  readonly cursor: string
  readonly type: string
  /** Milliseconds, by the server's clock. */
  readonly ts: number
  /** The trace that it belongs to (W3C Trace Context): send it with what you do because of it. */
  readonly traceparent?: string
  readonly room?: string
  readonly agent?: string
  /** Of the room, or of the agent. */
  readonly name?: string
  /** `author`: as others see it; a name proves nothing. */
  readonly message?: Message & { readonly author: { readonly name?: string; readonly key: string } }
  readonly dm?: DirectMessage
  readonly message_id?: string
  readonly receipts?: Receipts
  readonly presence?: Presence
}

/** An event that did not fit into `max_tokens`: to be read by id where it is wanted. */
export interface Unread {
  readonly type: string
  /** Milliseconds. */
  readonly ts: number
  readonly id?: string
  readonly room?: string
  readonly from?: string
  readonly tokens: number
}
