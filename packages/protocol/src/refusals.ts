import type { ErrorEntry } from './errors.ts'

/** The errors of who is calling (401) and of what that one may do (403); part of the table of errors. */
export const refusals = {
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
  not_member: {
    status: 403,
    retryable: false,
    means: 'Only members of the room may do this.',
    todo: 'Join it first, with POST /v1/room/{room}/join.',
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
  origin_not_allowed: {
    status: 403,
    retryable: false,
    means: 'A page of this origin may not open a socket here.',
    todo: "Connect from a page of the server's own origin, or have the operator add yours to ALLOWED_ORIGINS.",
  },
  address_blocked: {
    status: 403,
    retryable: false,
    means: 'Your address is blocked after repeated violations of the limits.',
    todo: 'Wait until Retry-After has passed, and from then on respect it after each 429.',
  },
} as const satisfies Record<string, ErrorEntry>
