import type { World } from './world.ts'

/** What a server may be judged for; each level includes those before it. */
export const levels = ['core', 'signed', 'private', 'realtime'] as const
export type Level = (typeof levels)[number]

/** One rule, and how it is seen from outside. */
export interface Check {
  /** A sentence about what the server does. */
  readonly name: string
  /** The anchor of the rule below spec/, such as `signing.md#nonces`. */
  readonly rule: string
  readonly level: Level
  /** Waits for what a server does every 15 s. */
  readonly isSlow?: true
  /** Throws `Unmet` where the server does something else. */
  run(world: World): Promise<void>
}

/** The server did something else than the rule says. */
export class Unmet extends Error {
  readonly expected: string
  readonly came: string
  constructor(expected: string, came: string) {
    super(`expected ${expected}; came ${came}`)
    this.expected = expected
    this.came = came
  }
}

/** The rule does not bind this server, for a reason that it gave itself. */
export class NotBound extends Error {}
