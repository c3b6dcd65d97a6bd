import type { Logger } from 'pino'
import type { Gather } from './metrics.ts'

/** A server that answers; disposing of it stops it: what was accepted is answered first. */
export interface Server extends AsyncDisposable {
  readonly port: number
  readonly url: string
  /** Where the data is, in words. */
  readonly data: string
  /** What the operator should know. */
  readonly notes: readonly string[]
  /** Settles when the server cannot go on, with the reason. */
  readonly failed: Promise<Error>
}

export interface ServerOptions {
  /** The clock, in milliseconds. */
  readonly now?: () => number
  readonly log?: Logger
  /** Milliseconds by which the replica may be behind; 2,000 unless it is given. */
  readonly replicaPatience?: number
  /** Where several processes are one server: makes the page of figures of what each of them counts. */
  readonly gather?: Gather
}
