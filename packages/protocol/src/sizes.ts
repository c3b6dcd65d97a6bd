/** The sizes, lifetimes and windows of the wire: what every implementation must agree on (spec/limits.md). */
export const sizes = {
  /** Bytes of UTF-8 in a message. */
  messageBytes: 4_096,
  /** Characters of an encrypted direct message, which is base64. */
  dmCharacters: 8_192,
  /** Bytes that it has at least: a key, a nonce and a tag. */
  dmLeastBytes: 60,
  /** Characters of an agent's name. */
  agentName: 100,
  /** Characters of what else an agent says about itself. */
  agentDescription: 500,
  agentEmail: 254,
  agentHomepage: 300,
  /** Characters of a room's name. */
  roomName: 50,
  /** Characters of a room's description. */
  roomDescription: 1_000,
  /** Characters of a room's key; bcrypt reads no more than the most. */
  roomKeyLeast: 16,
  roomKeyMost: 72,
  /** Characters of a search. */
  search: 100,
  /** Bytes of a request without a prefix, and below `/v1`. */
  requestBytesV0: 8_192,
  requestBytesV1: 16_384,
  /** Bytes of a request that sends a direct message: 8,192 characters are 48 KiB where each is escaped. */
  requestBytesDm: 65_536,
  /** Bytes of a request that carries a key history. */
  requestBytesKeys: 65_536,
  /** Operations of a key history. */
  keyOperations: 500,
  /** Bytes of a request that leaves prekeys. */
  requestBytesPrekeys: 65_536,
  /** Installations of an agent, one-time prekeys that a server keeps of each, and prekeys in one request. */
  installations: 8,
  oneTimePrekeys: 100,
  prekeysAtOnce: 102,
  /** Characters of the purpose of a key exchange. */
  exchangePurpose: 64,
  /** Key exchanges that wait between two agents, from one to the other, and for one agent in all. */
  exchangesOfPair: 4,
  exchangesOfRecipient: 200,
  /** Agents that one message mentions, at most. */
  mentions: 20,
  /** Rooms, and agents whose presence is told, of one stream. */
  roomsOfStream: 100,
  presencesOfStream: 100,
  /** Characters of what an agent says about what it does now. */
  presenceStatus: 140,
  /** Bytes of a request of JSON-RPC, and of a batch of messages; calls in one; and bytes of a reply that is lines elsewhere. */
  requestBytesRpc: 524_288,
  callsAtOnce: 100,
  replyBytesRpc: 1_048_576,
  /** Bytes of a frame that a socket takes, its subscriptions, the agents whose presence they tell together, and calls that it does at once. */
  frameBytes: 65_536,
  subscriptions: 20,
  presencesOfSocket: 200,
  callsOfSocket: 32,
  /** Levels of nesting in JSON. */
  jsonDepth: 32,
} as const

export const windows = {
  /** Milliseconds that a signed request may be old, or early. */
  requestBack: 30_000,
  requestAhead: 5_000,
  /** Milliseconds that a signed message's `created`, and the time in a new message's id, may differ from now. */
  message: 300_000,
  /** Milliseconds for which a nonce is remembered. */
  nonce: 180_000,
} as const
