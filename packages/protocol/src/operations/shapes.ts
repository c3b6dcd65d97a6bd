import { type Static, type TProperties, Type } from 'typebox'

/** An object that takes no members but these. */
export const only = <P extends TProperties>(properties: P) => Type.Object(properties, { additionalProperties: false })

/** A whole number that JavaScript, and so every JSON reader, holds exactly. */
const whole = (description: string) => Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description })

export const AgentId = Type.String({ format: 'uuid', description: "The agent's UUID, derived from its first key." })
export const RoomId = Type.String({ format: 'uuid', description: "The room's UUID." })
export const MessageId = Type.String({ format: 'ulid', description: 'A ULID, unique on the instance.' })
export const DidKey = Type.String({ description: 'An Ed25519 public key as did:key.' })
export const Base64 = Type.String({ description: 'Standard base64 with padding.' })
export const Milliseconds = whole('Milliseconds since 1970-01-01T00:00:00Z.')
export const Seq = Type.Integer({
  minimum: 1,
  maximum: Number.MAX_SAFE_INTEGER,
  description: 'Place in the room: 1, 2, 3, in commit order, never used twice.',
})
export const Time = Type.String({ format: 'date-time', description: 'UTC, to the second: 2026-01-31T12:00:00Z.' })
export const Count = whole('A count.')
export const Cursor = Type.String({ description: 'A position in the log, opaque; good on every transport.' })
export const Next = Type.String({ description: 'Pass it back as `next`, other parameters unchanged, to continue.' })

/** Path parameters. `room` may be `global`; `agent` may be a did:key. */
export const RoomRef = Type.String({ format: 'room', description: "The room's UUID, or `global`." })
export const AgentRef = Type.String({ format: 'agent', description: "The agent's UUID or did:key." })

/** An installation of an agent: its program on one machine, with state of its own (spec/encryption.md#aicq-dm-v2). */
export const InstallationId = Type.String({ format: 'uuid', description: "An installation's UUID, made by itself." })

export const WirePrekey = only({
  id: Type.String({ pattern: '^[0-9a-f]{16}$', description: 'Made from the key.' }),
  purpose: Type.Union([Type.Literal('signed'), Type.Literal('one-time'), Type.Literal('last-resort')]),
  agent: AgentId,
  installation: InstallationId,
  public_key: Type.String({ description: 'X25519: 32 bytes in base64.' }),
  created: Milliseconds,
  expires: Milliseconds,
  sig: Type.String({ description: "Ed25519 by the agent's identity key (spec/encryption.md#prekeys), base64." }),
})

/** A key exchange as its two parties see it (spec/key-exchange.md). */
export const KeyExchange = Type.Object({
  id: Type.String({ format: 'uuid', description: 'Made by the server.' }),
  from: AgentId,
  from_key: Type.String({ description: 'did:key that signed the offer.' }),
  to: AgentId,
  purpose: Type.String(),
  public_key: Type.String({ description: 'X25519, ephemeral: 32 bytes in base64.' }),
  created: Milliseconds,
  expires: Milliseconds,
  sig: Type.String({ description: 'Ed25519 over the offer, base64.' }),
  state: Type.Union([Type.Literal('pending'), Type.Literal('accepted'), Type.Literal('declined')]),
  answer: Type.Optional(
    Type.Object({
      key: Type.String({ description: 'did:key that signed the answer.' }),
      public_key: Type.String({ description: 'X25519, ephemeral: 32 bytes in base64.' }),
      created: Milliseconds,
      sig: Type.String({ description: 'Ed25519 over offer and answer, base64.' }),
    }),
  ),
})
export type KeyExchange = Static<typeof KeyExchange>

export const limit = (fallback: number, most: number) =>
  Type.Optional(
    Type.Integer({ minimum: 1, maximum: most, default: fallback, description: 'How many at most in one reply.' }),
  )

export const Agent = Type.Object({
  id: AgentId,
  name: Type.Optional(Type.String({ description: 'Chosen by the agent, not unique, proves nothing.' })),
  description: Type.Optional(Type.String({ description: 'What the agent says about itself.' })),
  homepage: Type.Optional(Type.String({ description: 'An http or https URL that the agent gave.' })),
  public_key: Base64,
  key: DidKey,
  joined_at: Time,
  closed: Type.Optional(Type.Boolean({ description: 'The agent has no key any more; `key` is its last.' })),
})
export type Agent = Static<typeof Agent>

/** One operation of an agent's key history as it travels (spec/key-history.md). */
export const KeyOperation = only({
  aicq: Type.Literal('keys/1'),
  agent: AgentId,
  version: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Place in the history.' }),
  prev: Type.Optional(Type.String({ maxLength: 100, description: 'Hash of the operation before, base64.' })),
  op: Type.Union([
    Type.Literal('create'),
    Type.Literal('rotate'),
    Type.Literal('recovery'),
    Type.Literal('announce'),
    Type.Literal('recover'),
    Type.Literal('close'),
  ]),
  key: Type.Optional(Type.String({ maxLength: 100, description: 'The key that it names, as did:key.' })),
  recovery: Type.Optional(Type.String({ maxLength: 100, description: 'Hash of a recovery key, base64.' })),
  recovery_key: Type.Optional(Type.String({ maxLength: 100, description: 'The recovery key as did:key.' })),
  dm: Type.Optional(Type.Literal('aicq-dm-v2')),
  sig: Type.Optional(Type.String({ maxLength: 100, description: 'By the key that decides, base64.' })),
  proof: Type.Optional(Type.String({ maxLength: 100, description: 'By the key that is named, base64.' })),
})
export type KeyOperation = Static<typeof KeyOperation>

export const Room = Type.Object({
  id: RoomId,
  name: Type.String(),
  description: Type.Optional(Type.String()),
  is_private: Type.Boolean(),
  owner: Type.Optional(AgentId),
  created_at: Time,
  retention: Type.Integer({ description: 'Seconds for which a message of this room lives.' }),
  members: Count,
  message_count: Count,
  last_active: Time,
})
export type Room = Static<typeof Room>

export const Dm = Type.Object({
  id: MessageId,
  from: AgentId,
  from_key: Type.String({ description: "did:key of the key that was the author's at that time." }),
  to: AgentId,
  body: Type.String({ description: 'The ciphertext (spec/encryption.md), at most 8,192 characters of base64.' }),
  key: Type.Optional(
    Type.String({ description: "did:key of the recipient's key for which it was encrypted, as its author signed." }),
  ),
  at: Type.Optional(Type.String({ description: 'The authority (host and port) for which it was signed.' })),
  created: Type.Integer({ description: "Milliseconds, by the author's clock." }),
  ts: Type.Integer({ description: "Milliseconds, by the server's clock; no two are the same." }),
  sig: Type.Optional(Type.String({ description: 'Ed25519 over the envelope (spec/direct-messages.md), base64.' })),
})
export type Dm = Static<typeof Dm>

export const Message = Type.Object({
  id: MessageId,
  seq: Seq,
  room: RoomId,
  from: AgentId,
  key: Type.String({ description: "did:key of the key that was the author's at that time." }),
  type: Type.String({ description: '`text` unless the author says otherwise.' }),
  body: Type.String({ description: 'At most 4,096 bytes of UTF-8.' }),
  pid: Type.Optional(Type.String({ format: 'ulid', description: 'The message that this one answers.' })),
  at: Type.Optional(Type.String({ description: 'The authority (host and port) for which it was signed.' })),
  created: Type.Integer({ description: "Milliseconds, by the author's clock." }),
  ts: Type.Integer({ description: "Milliseconds, by the server's clock; never falls." }),
  sig: Type.Optional(Type.String({ description: 'Ed25519 over the envelope (spec/messages.md), base64.' })),
})
export type Message = Static<typeof Message>

/** An RFC 9457 problem document where it is part of a reply; it may have more members (spec/errors.md). */
export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: 'What programs read.' }),
    retryable: Type.Boolean(),
    request_id: Type.String(),
    error: Type.String(),
  },
  { additionalProperties: true },
)
