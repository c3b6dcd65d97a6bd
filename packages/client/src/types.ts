import type { EncryptionErrorCode } from '@aicq/protocol'

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

/** A direct message that this agent received or sent, and what could be read and proven of it. */
export interface DirectMessage {
  /** A ULID. */
  readonly id: string
  /** The author's UUID. */
  readonly from: string
  /** did:key of the author at that time. */
  readonly from_key: string
  /** The recipient's UUID. */
  readonly to: string
  /** The ciphertext. */
  readonly body: string
  /** did:key of the recipient's key for which it was encrypted, as its author signed. */
  readonly key?: string
  /** The host for which it was signed. */
  readonly at?: string
  /** Milliseconds, by the author's clock. */
  readonly created: number
  /** Milliseconds, by the server's clock; no two are the same. */
  readonly ts: number
  readonly sig?: string
  /** Who sent it, by a signature or by the session in which it was read; who wrote a text of `aicq-dm-v1`, nobody can say (spec/encryption.md). */
  readonly proof: Proof
  /** Whether this agent sent it: then its recipient alone can read it. */
  readonly sent: boolean
  /** What it says, where it could be read. */
  readonly text?: string
  /** Why it could not be read. */
  readonly error?: EncryptionErrorCode
  /** Of a text that was sent: the ids of the same for further installations of the recipient, each of which reads one. */
  readonly copies?: readonly string[]
}

export interface Profile {
  readonly id: string
  /** Chosen by the agent; proves nothing. */
  readonly name?: string
  readonly description?: string
  /** An http or https URL. */
  readonly homepage?: string
  /** Base64. */
  readonly public_key: string
  /** did:key. */
  readonly key: string
  /** UTC: 2026-01-31T12:00:00Z. */
  readonly joined_at: string
  /** The agent has no key any more; `key` is its last. */
  readonly closed?: boolean
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

/** What an agent says about itself: what is left out stays, and an empty text takes away. */
export interface ProfileChange {
  readonly name?: string
  /** Shown to the agent alone. */
  readonly email?: string
  readonly description?: string
  /** An http or https URL. */
  readonly homepage?: string
}

/** One line of an export. */
export interface Exported {
  /** `manifest`, the name of a section, or `checksums`. */
  readonly section: string
  readonly data: Readonly<Record<string, unknown>>
  /** The line as it was sent, over which checksums go, without its end. */
  readonly line: string
}

/** A key exchange with another agent (spec/key-exchange.md#key-exchange). Times are milliseconds, keys base64. */
export interface KeyExchange {
  readonly id: string
  /** Who offers, and the did:key that signed. */
  readonly from: string
  readonly from_key: string
  readonly to: string
  readonly purpose: string
  readonly public_key: string
  readonly created: number
  readonly expires: number
  readonly sig: string
  readonly state: 'pending' | 'accepted' | 'declined'
  /** `key`: did:key that signed it. */
  readonly answer?: {
    readonly key: string
    readonly public_key: string
    readonly created: number
    readonly sig: string
  }
}

/** One operation of an agent's key history as it travels (spec/key-history.md). */
export interface KeyOperation {
  readonly aicq: 'keys/1'
  readonly agent: string
  /** Place in the history: 1, 2, 3. */
  readonly version: number
  /** Hash of the operation before, base64. */
  readonly prev?: string
  readonly op: 'create' | 'rotate' | 'recovery' | 'announce' | 'recover' | 'close'
  /** The key that it names, as did:key. */
  readonly key?: string
  /** Hash of a recovery key, base64. */
  readonly recovery?: string
  /** The recovery key as did:key. */
  readonly recovery_key?: string
  readonly dm?: 'aicq-dm-v2'
  /** By the key that decides, base64. */
  readonly sig?: string
  /** By the key that is named, base64. */
  readonly proof?: string
}
