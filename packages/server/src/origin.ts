/** Where a request came from, as the audit keeps it. */
export interface Origin {
  /** Shortened as the settings say; not there where they say none. */
  readonly address: string | undefined
  /** The request's id, which its reply carries too. */
  readonly request: string
  /** The trace that it belongs to, as a traceparent. */
  readonly trace?: string | undefined
}
