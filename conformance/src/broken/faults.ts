import { eventFaults } from './event-faults.ts'
import { messageFaults } from './message-faults.ts'
import { privacyFaults } from './privacy-faults.ts'
import type { Fault } from './proxy.ts'
import { signatureFaults } from './signature-faults.ts'

/** A server that breaks one rule, and the check that sees it. */
export interface Broken {
  /** What it does. */
  readonly name: string
  /** The name of the one that has to fail, and no other. */
  readonly fails: string
  /** A new one, since some remember what they saw. */
  make(): Fault
}

export const faults: readonly Broken[] = [...signatureFaults, ...messageFaults, ...privacyFaults, ...eventFaults]
