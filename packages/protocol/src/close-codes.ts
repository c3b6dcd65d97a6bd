/** What a close code of a socket says. */
export interface CloseCode {
  /** The reason that travels with the code. */
  readonly name: string
  /** Whether to connect again: at once, after a while, or not with this key. Either way the jitter is the client's. */
  readonly comeBack: 'now' | 'later' | 'no'
  /** What happened, one sentence. */
  readonly means: string
}

/** Why a server closes a socket (spec/realtime.md#close-codes). The code is the API; cursors stay good after each. */
export const closeCodes = {
  1001: { name: 'going_away', comeBack: 'now', means: 'The server stops or restarts; another one takes over.' },
  1002: { name: 'protocol_error', comeBack: 'no', means: 'A frame was not one of RFC 6455.' },
  1003: { name: 'not_text', comeBack: 'no', means: 'A frame was not text.' },
  1007: { name: 'not_utf8', comeBack: 'no', means: 'A frame was not UTF-8.' },
  1009: { name: 'frame_too_large', comeBack: 'no', means: 'A frame was larger than 64 KiB.' },
  1011: { name: 'internal', comeBack: 'later', means: 'Something failed inside the server.' },
  4001: { name: 'slow_reader', comeBack: 'now', means: 'More than 1 MiB waited for the reader.' },
  4002: { name: 'key_revoked', comeBack: 'no', means: 'The key of the connection is no longer the key of the agent.' },
  4003: { name: 'agent_erased', comeBack: 'no', means: 'The agent was erased.' },
  4004: { name: 'address_blocked', comeBack: 'later', means: 'The address is blocked after too many requests.' },
  4005: { name: 'too_many', comeBack: 'later', means: 'The agent, or the address, has too many connections.' },
  4006: { name: 'no_answer', comeBack: 'now', means: 'No answer came to heartbeats.' },
} as const satisfies Record<number, CloseCode>
