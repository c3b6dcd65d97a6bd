import type { LoggedEvent } from '../events/cursor.ts'
import type { Delivery } from './streams.ts'

/** What decides who gets a message, and until when. */
export interface Said {
  readonly id: string
  readonly author: string
  readonly isPrivate: boolean
  /** Keys of those whom it mentions (spec/realtime.md#mentions). */
  readonly mentions: readonly string[]
  /** Milliseconds; Infinity for what is no message itself. */
  readonly expiresAt: number
  /** How many members its room has. */
  readonly members: number
  /** The message that it answers, as a uuid. */
  readonly pid: string | undefined
}

/** An event of the log as this server sends it. */
export interface Entry extends LoggedEvent {
  /** The sealed cursor after it. */
  readonly cursor: string
  /** Its object; nothing if what it is about is gone, or not to be told. */
  delivery: Told | undefined
  /** Of `message.created`, and of `message.deleted` whom that message had mentioned. */
  readonly said?: Said
  /** Of `room.created` and `room.updated`: whether the room is private, and the version of its key. */
  readonly roomNow?: { readonly isPrivate: boolean; readonly keyVersion: number }
  /** Of `agent.updated`: the name that it has now. */
  readonly name?: string | null
}

/** A delivery that knows its event. */
export interface Told extends Delivery {
  readonly entry: Entry
}
