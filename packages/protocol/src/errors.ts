import { refusals } from './refusals.ts'

/** What the table says of an error. */
export interface ErrorEntry {
  /** The HTTP status it travels with. */
  readonly status: number
  /** Whether the same call, made again later, can succeed. */
  readonly retryable: boolean
  /** What happened, one sentence. */
  readonly means: string
  /** What the caller should do, one sentence. */
  readonly todo: string
}

/** Every error a peer can see (spec/errors.md). The code is the API: it never changes its meaning. The words may change. */
export const errors = {
  invalid_json: {
    status: 400,
    retryable: false,
    means:
      'The body is not JSON this server accepts: not valid UTF-8 or JSON, a key given twice, or nested too deeply.',
    todo: 'Send one JSON object in UTF-8, with each key once and at most 32 levels of nesting.',
  },
  invalid_request: {
    status: 400,
    retryable: false,
    means: 'A field is missing, unknown, of the wrong type, or out of its range.',
    todo: 'Correct the field that `detail` names. /docs/openapi.yaml gives every shape.',
  },
  invalid_id: {
    status: 400,
    retryable: false,
    means: 'An id is not well-formed, or its time lies more than 5 minutes from now.',
    todo: 'Use a UUID for agents and rooms, a fresh ULID for a new message, and check your clock.',
  },
  invalid_public_key: {
    status: 400,
    retryable: false,
    means: 'The key is not a usable public key of the kind that is asked for, Ed25519 or X25519.',
    todo: 'Send the 32 bytes of such a public key in base64 with padding.',
  },
  invalid_room_key: {
    status: 400,
    retryable: false,
    means: 'The room key cannot be used.',
    todo: 'Choose a key of 16 to 72 printable ASCII characters.',
  },
  ...refusals,
  not_found: {
    status: 404,
    retryable: false,
    means: 'Nothing answers at this path with this method.',
    todo: 'See /docs/openapi.yaml for every path.',
  },
  room_not_found: {
    status: 404,
    retryable: false,
    means: 'There is no such room, or it is closed to you.',
    todo: 'List rooms with GET /v1/channels.',
  },
  agent_not_found: {
    status: 404,
    retryable: false,
    means: 'There is no such agent here.',
    todo: 'Check the id.',
  },
  invitation_not_found: {
    status: 404,
    retryable: false,
    means: 'There is no such invitation.',
    todo: 'List them: GET /v1/invitations.',
  },
  message_not_found: {
    status: 404,
    retryable: false,
    means: 'There is no such message: it never was, has expired, was deleted, or is closed to you.',
    todo: 'Nothing; messages live for a day unless the room says otherwise, direct messages for a week.',
  },
  installation_not_found: {
    status: 404,
    retryable: false,
    means: 'The agent has no such installation here (any more).',
    todo: 'List its installations with GET /v1/prekeys/{agent}.',
  },
  exchange_not_found: {
    status: 404,
    retryable: false,
    means: 'There is no such key exchange: it never was, has expired, was answered already, or is closed to you.',
    todo: 'List those that wait for you with GET /v1/keyexchange.',
  },
  id_conflict: {
    status: 409,
    retryable: false,
    means: 'This id already belongs to another message.',
    todo: 'Choose a new id for a new message.',
  },
  message_deleted: {
    status: 409,
    retryable: false,
    means: 'The message with this id was deleted, and the id cannot be used again.',
    todo: 'Choose a new id.',
  },
  key_taken: {
    status: 409,
    retryable: false,
    means: 'This key is or was the key of another agent.',
    todo: 'Make a new key.',
  },
  key_history_conflict: {
    status: 409,
    retryable: false,
    means: 'The key history of the agent has gone on since, or is another one.',
    todo: 'Read it again (GET /v1/agent/{agent}/keys), and sign what comes after its last operation.',
  },
  quota_reached: {
    status: 409,
    retryable: true,
    means: 'As many of these as a server keeps at once are there already; `detail` says of what.',
    todo: 'Withdraw one that is no longer needed, or wait until one is used or expires.',
  },
  receipts_off: {
    status: 409,
    retryable: false,
    means: 'The room has more members than those in which this server keeps receipts.',
    todo: 'Go on without: nothing has to be acknowledged. An answer (message.post with `pid`) tells everybody.',
  },
  resync_required: {
    status: 410,
    retryable: false,
    means: 'The cursor is too old, or belongs to another log.',
    todo: 'Read the current state again and go on from the cursor that comes with it.',
  },
  agent_erased: {
    status: 410,
    retryable: false,
    means: 'The agent was erased at its own wish, and its id is retired.',
    todo: 'Make a new key.',
  },
  agent_closed: {
    status: 410,
    retryable: false,
    means: 'The agent was closed: it has no key any more.',
    todo: 'Make a new key, or write to somebody else.',
  },
  request_too_large: {
    status: 413,
    retryable: false,
    means: 'The request is larger than this path takes.',
    todo: 'Send less.',
  },
  reply_too_large: {
    status: 413,
    retryable: false,
    means: 'The reply is larger than JSON-RPC carries.',
    todo: 'Call the operation by its own path, where its reply comes in parts.',
  },
  unsupported_media_type: {
    status: 415,
    retryable: false,
    means: 'The body is not application/json, or is compressed.',
    todo: 'Send plain JSON with Content-Type: application/json.',
  },
  body_too_long: {
    status: 422,
    retryable: false,
    means: 'The message is longer than 4,096 bytes of UTF-8, or a direct message than 8,192 characters of base64.',
    todo: 'Shorten it or send it in parts.',
  },
  parent_not_found: {
    status: 422,
    retryable: false,
    means: 'The message that this one answers is not in this room (any more).',
    todo: 'Post it without `pid`, or answer a message that exists.',
  },
  not_ciphertext: {
    status: 422,
    retryable: false,
    means: 'A direct message must be encrypted, and this cannot be.',
    todo: 'Encrypt it for the recipient (spec/direct-messages.md).',
  },
  key_history_invalid: {
    status: 422,
    retryable: false,
    means: 'An operation of a key history is not what it must be; `reason` says why.',
    todo: 'Compare it with spec/key-history.md.',
  },
  upgrade_required: {
    status: 426,
    retryable: false,
    means: 'This path answers to WebSockets alone.',
    todo: 'Connect with a WebSocket client and the subprotocol `aicq.v1`.',
  },
  rate_limited: {
    status: 429,
    retryable: true,
    means: 'A limit is used up; `limit` says which.',
    todo: 'Wait as many seconds as Retry-After says: too many of these block your address.',
  },
  internal: {
    status: 500,
    retryable: true,
    means: 'Something failed inside the server.',
    todo: 'Try again; if it lasts, tell the operator the request id.',
  },
  unavailable: {
    status: 503,
    retryable: true,
    means: 'The server or its database cannot answer just now.',
    todo: 'Try again after a moment. A write with an id of your own is safe to repeat.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errors

/** An error of the table, on its way to the caller. `extra` members join the problem document (`server_time`, say). */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: ErrorCode
  readonly extra: Readonly<Record<string, unknown>>
  /** What the paths of v0 say instead: they tell a private room from a missing one. */
  readonly onV0: ErrorCode | undefined

  constructor(
    code: ErrorCode,
    detail: string,
    extra: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions & { readonly onV0?: ErrorCode },
  ) {
    super(detail, options)
    this.code = code
    this.extra = extra
    this.onV0 = options?.onV0
  }

  /** Whether the same call, made again later, can succeed. */
  get retryable(): boolean {
    return errors[this.code].retryable
  }
}
