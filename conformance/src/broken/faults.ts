import type { Area } from '../checks.ts'
import { eventFaults } from './event-faults.ts'
import { messageFaults } from './message-faults.ts'
import { privacyFaults } from './privacy-faults.ts'
import type { Fault } from './proxy.ts'
import { signatureFaults } from './signature-faults.ts'

/** A server that breaks one rule, and the checks that see it. */
export interface Broken {
  /** What it does. */
  readonly name: string
  /** The areas whose checks judge it. */
  readonly areas: readonly Area[]
  /** The names of those that have to fail, and no other. */
  readonly fails: readonly string[]
  /** A new one, since some remember what they saw. */
  make(): Fault
}

export const faults: readonly Broken[] = [...signatureFaults, ...messageFaults, ...privacyFaults, ...eventFaults]
