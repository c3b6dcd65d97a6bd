import { isDeepStrictEqual } from 'node:util'
import type { Broken } from './faults.ts'
import type { Fault } from './proxy.ts'

/**
 * Which checks each fault reaches. Every fault is tried on whatever a check asks and gets, and nothing is changed: a check that a
 * fault would have changed nothing for sees our server as it is, whether the fault is there or not.
 */
export class Reach {
  readonly #faults: readonly { readonly name: string; readonly fault: Fault }[]
  readonly #reached = new Set<string>()

  constructor(faults: readonly Broken[]) {
    this.#faults = faults.map(({ name, make }) => ({ name, fault: make() }))
  }

  /** Whether a fault reaches a check. */
  has(fault: string, check: string): boolean {
    return this.#reached.has(`${fault}: ${check}`)
  }

  /** A fault that changes nothing, for the server that this check judges. */
  of(check: string): Fault {
    const tried = <T>(whole: T, change: (fault: Fault) => T | undefined): T => {
      for (const { name, fault } of this.#faults) {
        const changed = change(fault)
        if (changed !== undefined && !isDeepStrictEqual(changed, whole)) this.#reached.add(`${name}: ${check}`)
      }
      return whole
    }
    return {
      ask: (asked) => tried(asked, (fault) => fault.ask?.(asked)),
      answer: (answered, asked) => tried(answered, (fault) => fault.answer?.(answered, asked)),
      frame: (frame, asked) => tried(frame, (fault) => fault.frame?.(frame, asked)),
      message: (text, connection) => tried([text], (fault) => fault.message?.(text, connection)),
      upgrade: (headers) => tried(headers, (fault) => fault.upgrade?.(headers)),
    }
  }
}
