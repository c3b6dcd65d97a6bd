/** Why a stream ends that its reader did not close. */
export type StreamEnd = 'slow_reader' | 'key_revoked' | 'agent_erased' | 'going_away' | 'internal'

/** Who reads. Room keys are by room, right or wrong. */
export interface StreamReader {
  readonly agent?: { readonly id: string; readonly did: string; readonly keyVersion: number } | undefined
  readonly roomKeys?: Readonly<Record<string, string>> | undefined
  /** Counts a room key that has to be compared. Errors: `rate_limited`. */
  readonly visit: { tryRoomKey(): Promise<() => Promise<unknown>> }
  /** Aborted when it waits for nothing any more. */
  readonly gone?: AbortSignal | undefined
}

/** What it wants to see (spec/realtime.md#interest), ids in their one spelling. */
export interface Interest {
  readonly cursor?: string | undefined
  readonly rooms?: readonly string[] | undefined
  readonly dms?: boolean | undefined
  readonly mentions?: boolean | undefined
  readonly presence?: readonly string[] | undefined
}

/** An event ready to be sent: its object as JSON, the same bytes for every reader. */
export interface Delivery {
  /** The sealed cursor after it. */
  readonly cursor: string
  readonly json: Buffer
}

/** Where a stream writes to: a connection, or one subscription of it. */
export interface Sink {
  /** Sends these events, in this order. Readers who get the same events get the same array, so that frames can be made once. */
  send(events: readonly Delivery[]): void
  /** Says itself what of it reached the reader. */
  readonly tellsReached?: true
  /** Bytes that wait on the connection for its reader. */
  waiting(): number
  /** Settles when what waits has gone, or the connection has. */
  drained(): Promise<void>
  /** Closes the connection, after what was sent. */
  end(why: StreamEnd): void
}

/** A stream that runs. */
export interface Stream {
  /** Where its reader would go on if it ended now. */
  cursor(): string
  close(): void
}

export interface Streams {
  /** Opens a stream, which begins to send once this has settled. Errors: `room_not_found`, `rate_limited`, `resync_required`. */
  open(reader: StreamReader, interest: Interest, sink: Sink): Promise<Stream>
  /** Tells of every agent whose key may have changed, and of every agent that was erased, in the order of the log. */
  onAgent(told: (agent: string, what: 'key_changed' | 'erased') => void): () => void
  /** Keeps `onAgent` true, which else sleeps while there is no stream, until the returned function is called. */
  hold(): () => void
  /** Sends what has been committed until now, and ends every stream with `going_away`. */
  finish(): Promise<void>
}
