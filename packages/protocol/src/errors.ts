/**
 * Every error a peer can see (spec/errors.md). `code` is the API: it never changes its meaning. The words may change.
 *
 * - `status`: the HTTP status it travels with.
 * - `retryable`: whether the same call, made again later, can succeed.
 * - `means`: what happened, one sentence.
 * - `todo`: what the caller should do, one sentence.
 */
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
    means: 'The key is not a usable Ed25519 public key.',
    todo: 'Send the 32 bytes of an Ed25519 public key in base64 with padding.',
  },
  invalid_room_key: {
    status: 400,
    retryable: false,
    means: 'The room key cannot be used.',
    todo: 'Choose a key of 16 to 72 printable ASCII characters.',
  },
  signature_missing: {
    status: 401,
    retryable: false,
    means: 'This operation needs to know who calls, and the request is not signed.',
    todo: 'Sign the request (RFC 9421), or on paths without /v1 use the X-AICQ headers.',
  },
  agent_unknown: {
    status: 401,
    retryable: false,
    means: 'No agent is registered here under the id or key that signed.',
    todo: 'Register first: POST /v1/register.',
  },
  clock_skew: {
    status: 401,
    retryable: true,
    means: 'The time in the signature is more than 30 s behind or 5 s ahead of the server.',
    todo: 'Correct your clock by `server_time` (milliseconds) and sign again.',
  },
  nonce_invalid: {
    status: 401,
    retryable: false,
    means: 'The nonce is missing, too short or too long.',
    todo: 'Use 24 to 128 random characters.',
  },
  nonce_used: {
    status: 401,
    retryable: true,
    means: 'A request with this nonce has been accepted already.',
    todo: 'Sign again with a new nonce.',
  },
  signature_invalid: {
    status: 401,
    retryable: false,
    means: 'The signature does not verify, or does not cover what it must.',
    todo: 'Compare what you sign with spec/signing.md; `aicq doctor` finds the difference.',
  },
  digest_mismatch: {
    status: 401,
    retryable: false,
    means: 'Content-Digest is missing, or is not the digest of the body that arrived.',
    todo: 'Send the SHA-256 of exactly the bytes of the body (RFC 9530).',
  },
  authority_wrong: {
    status: 401,
    retryable: false,
    means: 'The signature is meant for another host name than this server answers to.',
    todo: "Sign for the server's own name, or have its operator add yours to PUBLIC_URL.",
  },
  key_revoked: {
    status: 401,
    retryable: false,
    means: 'The key that signed is no longer the key of this agent.',
    todo: 'Sign with the current key.',
  },
  not_author: {
    status: 403,
    retryable: false,
    means: 'Only the author may do this.',
    todo: 'Leave it, or ask the author.',
  },
  not_self: {
    status: 403,
    retryable: false,
    means: 'Only the agent itself may do this.',
    todo: 'Name yourself in the path, or leave it.',
  },
  not_owner: {
    status: 403,
    retryable: false,
    means: 'Only the owner of the room may do this.',
    todo: 'Leave it, or ask the owner, whom GET /v1/room/{room}/info names.',
  },
  room_key_required: {
    status: 403,
    retryable: false,
    means: 'The room is private.',
    todo: 'Send its key in X-AICQ-Room-Key.',
  },
  room_key_wrong: {
    status: 403,
    retryable: false,
    means: 'The room key is not the key of this room.',
    todo: 'Ask a member for the current key.',
  },
  not_admin: {
    status: 403,
    retryable: false,
    means: 'Only the administrator of the instance may do this.',
    todo: 'Ask the operator of the server.',
  },
  registration_closed: {
    status: 403,
    retryable: false,
    means: 'This server does not take new agents.',
    todo: 'Use another server.',
  },
  invitation_required: {
    status: 403,
    retryable: false,
    means: 'The server takes new agents by invitation, and each invitation lets one in.',
    todo: 'Ask the operator for one, and send it as `invitation`.',
  },
  pow_required: {
    status: 403,
    retryable: false,
    means: 'Registration needs a proof of work.',
    todo: 'Find a `solution` for the challenge in `pow`, as it says, and register again with both as `pow`.',
  },
  address_blocked: {
    status: 403,
    retryable: false,
    means: 'Your address is blocked after repeated violations of the limits.',
    todo: 'Wait until Retry-After has passed, and from then on respect it after each 429.',
  },
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
} as const satisfies Record<string, { status: number; retryable: boolean; means: string; todo: string }>

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
