import { events } from '@aicq/protocol'
import type { Transport } from '../transport.ts'
import type { AgentEvent, Unread } from '../types-of-events.ts'
import { type Interest, wantedOf } from './link.ts'
import type { Opening } from './opening.ts'

export interface SyncOptions extends Interest {
  /** From an earlier call; left out: no events, and the cursor of now. */
  readonly cursor?: string | undefined
  /** Seconds to wait, up to 30, while there is nothing new. */
  readonly wait?: number
  /** What the reply may cost, at four bytes a token: what matters first comes whole, and what does not fit is named in `rest`. */
  readonly max_tokens?: number
  readonly signal?: AbortSignal
}

export interface Synced {
  /** For the next call. */
  readonly cursor: string
  readonly events: readonly AgentEvent[]
  /** There is more right now. */
  readonly has_more: boolean
  /** What did not fit into `max_tokens`, in order. */
  readonly rest?: readonly Unread[]
}

/** What happened after a cursor, by one call. Errors: `resync_required`. */
export async function sync(transport: Transport, opening: Opening, options: SyncOptions): Promise<Synced> {
  const { cursor, wait = 0, max_tokens, signal } = options
  const { input, roomKeys } = wantedOf(options)
  const more = {
    ...(cursor === undefined ? {} : { cursor }),
    ...(wait > 0 ? { wait } : {}),
    ...(max_tokens === undefined ? {} : { max_tokens }),
  }
  await opening.upkeep()
  const timeout = 15_000 + wait * 1000
  const reply = await transport.call(events.eventsSync, () => ({ ...input, ...more }), { signal, roomKeys, timeout })
  const opened: AgentEvent[] = []
  for (const event of reply.events) opened.push(await opening.open(event)) // in order: sessions are read so
  return { ...reply, events: opened }
}
