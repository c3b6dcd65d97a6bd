import { newMessageId } from '@aicq/protocol'
import type { Clock } from './clock.ts'

/**
 * The id of one message for all attempts of its call, which are told whether the clock was corrected and nothing came before them but refusals:
 * only then is a new one safe. `given`: an id of the caller's own.
 */
export function messageIdOf(clock: Clock, given?: string): (isAnew: boolean) => string {
  let id = given ?? newMessageId(clock.now())
  return (isAnew) => {
    if (isAnew && given === undefined) id = newMessageId(clock.now())
    return id
  }
}
