import type { Operation } from '../operation.ts'

/** The method `session.authenticate` of a socket counts as one call of it more. */
export const sessionOpen = {
  name: 'session.open',
  summary:
    'A WebSocket of the subprotocol aicq.v1: every operation as a method of JSON-RPC 2.0, and events as they happen.',
  method: 'GET',
  path: '/ws',
  caller: 'anyone',
  writes: false,
  limit: { max: 60, window: 60, per: 'caller' },
  stream: true,
  status: 101,
  errors: ['origin_not_allowed', 'upgrade_required'],
} as const satisfies Operation
