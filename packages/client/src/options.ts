import type { Identity } from '@aicq/protocol'
import type { DmStore } from './sessions/store.ts'

export interface ConnectOptions {
  /** Whose key signs. Without one you may read what is public. */
  readonly identity?: Identity
  /** Milliseconds that one attempt of a call may take; 15,000 unless given. */
  readonly timeout?: number
  /** Attempts of a call at most; 5 unless given. */
  readonly attempts?: number
  /**
   * Milliseconds that a call waits between two attempts at most; 90,000 unless given. Where a limit asks for more, the call fails at
   * once with `rate_limited`, and `problem.retry_after` says when to come back (seconds).
   */
  readonly patience?: number
  /** Keys that this agent had before: direct messages that were encrypted for them can still be read. */
  readonly former?: readonly Identity[]
  /**
   * Where this agent keeps the state of encrypted sessions (`aicq-dm-v2`): `fileDmStore(folder)` of `@aicq/client/node`, or
   * `memoryDmStore()`; and what it knows of the keys of agents with whom it deals, so that no server can hide later that a key was given
   * up. Without a store direct messages are written as `aicq-dm-v1`, and none of a session can be read.
   */
  readonly dmStore?: DmStore
}
