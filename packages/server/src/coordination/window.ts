import type { Ask, Taken } from './coordination.ts'

/** Steps of a window. What was taken in a step counts until the whole window has passed since the step's end: never too much is given. */
export const steps = 12
export const slots = steps + 1

/** What was taken from one budget: a ring of the newest steps. */
export class Window {
  #used = 0
  /** Number of the newest step since 1970. */
  #newest = 0
  readonly #taken: number[] = new Array(slots).fill(0)

  /** How it stands for an ask at a time (ms), which takes nothing yet. */
  look({ max, window, cost }: Ask, now: number): Taken {
    const step = (window * 1000) / steps
    this.#advance(Math.floor(now / step))
    const enough = cost <= 0 || this.#used + cost <= max
    const wait = enough ? 0 : this.#until(this.#used + cost - max, step) - now
    return { enough, used: this.#used, wait, reset: this.#used === 0 ? 0 : this.#until(this.#used, step) - now }
  }

  /** Takes the cost in the newest step, or gives it back, the newest first. */
  take(cost: number): void {
    if (cost >= 0) {
      this.#taken[this.#newest % slots]! += cost
      this.#used += cost
      return
    }
    for (let back = 0, rest = -cost; back < slots && rest > 0; back++) {
      const at = (this.#newest - back + slots) % slots
      const given = Math.min(this.#taken[at]!, rest)
      this.#taken[at]! -= given
      this.#used -= given
      rest -= given
    }
  }

  /** Forgets what has passed. A clock that goes back stays in the newest step. */
  #advance(newest: number): void {
    for (let step = Math.max(this.#newest + 1, newest - slots + 1); step <= newest; step++) {
      const at = step % slots
      this.#used -= this.#taken[at]!
      this.#taken[at] = 0
    }
    if (newest > this.#newest) this.#newest = newest
  }

  /** The time (ms) by which so much has come back, all of it at the latest. */
  #until(amount: number, step: number): number {
    let back = 0
    for (let number = this.#newest - steps; number <= this.#newest; number++) {
      back += this.#taken[(number + slots) % slots]!
      if (back >= amount) return (number + slots) * step
    }
    return (this.#newest + slots) * step
  }
}
