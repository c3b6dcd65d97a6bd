import { newMessageId } from '@aicq/protocol'
import type { Clock } from './clock.ts'

/**
 * The id of one message for all its attempts: a new one is safe only where the server refused the time in it, which shows in that the clock
 * was corrected. `given`: an id of the caller's own.
 */
export function messageIdOf(clock: Clock, given?: string): () => string {
  let { offset } = clock
  let id = given ?? newMessageId(clock.now())
  return () => {
    if (given === undefined && clock.offset !== offset) {
      offset = clock.offset
      id = newMessageId(clock.now())
    }
    return id
  }
}
