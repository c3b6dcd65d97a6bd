import { every } from '../every.ts'
import type { Db } from '../storage/db.ts'
import { noteDelivered } from './receipts.sql.ts'
import type { ReceiptRules } from './receipts.ts'

/** Takes note of what reached whom. */
export interface Delivered extends AsyncDisposable {
  /** Says that messages, by their ids as UUIDs, went out to an agent: costs no time here, and is written soon. */
  delivered(agent: string, messages: readonly string[]): void
  /** Writes what has been said until now. */
  flush(): Promise<void>
}

interface Pair {
  readonly message: string
  readonly agent: string
}

/** Milliseconds between writes. */
const interval = 250
/** Pairs of a message and an agent that wait at most; beyond, the oldest are forgotten: nobody was promised them. */
const most = 20_000
/** Pairs of one write: some milliseconds. */
const batch = 500

/** Gathers what was delivered and writes it by batches, outside the log and its lock; what cannot be written is forgotten. Disposing writes the rest. */
export function openDelivered(db: Db, rules: ReceiptRules, failed: (cause: unknown) => void): Delivered {
  // keyed, so that what is streamed again waits once; in the order in which it came
  const waiting = new Map<string, Pair>()
  const stopped = new AbortController()
  let writing = Promise.resolve()

  async function write(): Promise<void> {
    while (waiting.size > 0) {
      const pairs: Pair[] = []
      for (const [key, pair] of waiting) {
        pairs.push(pair)
        waiting.delete(key)
        if (pairs.length === batch) break
      }
      await noteDelivered(db, pairs, rules.maxMembers, rules.now()).catch(failed)
    }
  }

  function flush(): Promise<void> {
    writing = writing.then(write)
    return writing
  }

  const later = every(interval, flush, failed, stopped.signal)
  return {
    delivered(agent, messages) {
      if (rules.maxMembers === 0) return
      for (const message of messages) {
        waiting.set(`${message} ${agent}`, { message, agent })
        if (waiting.size > most) waiting.delete(waiting.keys().next().value!)
      }
    },
    flush,
    async [Symbol.asyncDispose]() {
      stopped.abort()
      await later
      await flush()
    },
  }
}
