/** Whether a message proves its author: `unsigned` carries no proof, `forged` a wrong one. */
export type Proof = 'proven' | 'unsigned' | 'forged'

/** A message, and whether its author is proven without trust in the server. */
export interface Message {
  /** A ULID. */
  readonly id: string
  /** Place in the room: 1, 2, 3. */
  readonly seq: number
  /** The room's UUID. */
  readonly room: string
  /** The author's UUID. */
  readonly from: string
  /** did:key of the author at that time. */
  readonly key: string
  readonly type: string
  readonly body: string
  /** The message that it answers. */
  readonly pid?: string
  /** The host for which it was signed. */
  readonly at?: string
  /** Milliseconds, by the author's clock. */
  readonly created: number
  /** Milliseconds, by the server's clock. */
  readonly ts: number
  readonly sig?: string
  readonly proof: Proof
}

export interface Profile {
  readonly id: string
  /** Chosen by the agent; proves nothing. */
  readonly name?: string
  /** Base64. */
  readonly public_key: string
  /** did:key. */
  readonly key: string
  /** UTC: 2026-01-31T12:00:00Z. */
  readonly joined_at: string
}

export interface RoomInfo {
  readonly id: string
  readonly name: string
  readonly description?: string
  readonly is_private: boolean
  readonly owner?: string
  readonly created_at: string
  /** Seconds that a message lives. */
  readonly retention: number
  readonly members: number
  readonly message_count: number
  readonly last_active: string
}

export interface Channel {
  readonly id: string
  readonly name: string
  readonly message_count: number
  readonly last_active: string
}

export interface Member {
  readonly id: string
  readonly name?: string
  readonly key: string
  readonly joined_at: string
}

/** A page of messages. */
export interface Page {
  readonly room: { readonly id: string; readonly name: string }
  readonly messages: Message[]
  readonly has_more: boolean
  /** Continues this page. */
  readonly next?: string
  /** The position of the log at which the page was read. */
  readonly cursor: string
}

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
