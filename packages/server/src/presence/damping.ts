import type { Presence } from '@aicq/protocol'
import { isSame, type Standing } from './state.ts'

/** Milliseconds between two events of one agent. */
const interval = 5_000

/**
 * What was told of an agent: a change at once, and what follows within five seconds at their end, even if all is as it was then: whoever
 * asked meanwhile learned something else.
 */
export class Damping {
  /** When to look again (ms). */
  due: number
  #told: Presence
  #at = -Infinity
  #isBehind = false

  /** Begins with how the agent stands, which is not told. */
  constructor({ presence, until }: Standing) {
    this.#told = presence
    this.due = until
  }

  /** How the agent stands at a time (ms); true if that is to be told now. */
  look({ presence, until }: Standing, now: number): boolean {
    this.#isBehind ||= !isSame(presence, this.#told)
    const free = this.#at + interval
    // a clock that was put back holds nothing up
    const mayTell = now >= free || now < this.#at
    this.due = this.#isBehind && !mayTell ? Math.min(until, free) : until
    if (!this.#isBehind || !mayTell) return false
    this.#told = presence
    this.#at = now
    this.#isBehind = false
    return true
  }
}
