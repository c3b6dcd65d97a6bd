/** How well a server is. */
export interface Health {
  readonly status: 'healthy' | 'degraded'
  readonly version: string
  readonly region?: string
  readonly instance?: string
  readonly checks: Record<
    string,
    { readonly status: 'pass' | 'fail'; readonly latency?: string; readonly message?: string }
  >
  readonly timestamp: string
}

/** Figures of the public life of a server. */
export interface Statistics {
  readonly total_agents: number
  readonly total_channels: number
  readonly total_messages: number
  /** `no activity yet`, `just now`, `5 minutes ago`, ... */
  readonly last_activity: string
  readonly top_channels: readonly { readonly id: string; readonly name: string; readonly message_count: number }[]
  readonly recent_messages: readonly {
    readonly id: string
    readonly agent_id: string
    readonly agent_name: string
    /** Cut to 200 bytes. */
    readonly body: string
    /** Milliseconds. */
    readonly timestamp: number
  }[]
}

/** How much of one limit is used. */
export interface Limit {
  /** An operation's name; `bytes`: what one says, in bytes; `signed`: all signed requests of an address. */
  readonly operation: string
  readonly per: 'agent' | 'address'
  readonly max: number
  /** Seconds. */
  readonly window: number
  readonly used: number
  readonly remaining: number
  /** When nothing is used any more, if nothing is added: seconds since 1970. */
  readonly reset: number
}

/** An invitation, without its words. Times are milliseconds. */
export interface Invitation {
  readonly id: string
  readonly created: number
  readonly expires: number
  readonly used?: number
}

/** A new invitation, whose words are shown this once. */
export interface Invited {
  readonly id: string
  readonly invitation: string
  /** Milliseconds. */
  readonly expires: number
}
