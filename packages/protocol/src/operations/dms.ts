import { Type } from 'typebox'
import type { Operation } from '../operation.ts'
import { sizes } from '../sizes.ts'
import { AgentId, AgentRef, Cursor, DidKey, Dm, limit, MessageId, Milliseconds, Next, only } from './shapes.ts'

const Body = Type.String({
  contentEncoding: 'base64',
  description: 'The ciphertext (spec/encryption.md): base64 with padding, 60 bytes or more, at most 8,192 characters.',
})
const OldDm = Type.Pick(Dm, ['id', 'from', 'body', 'ts'])

export const dmSend = {
  name: 'dm.send',
  summary: 'Send an agent a message that only it can read. The same id again is the same message.',
  method: 'POST',
  path: '/dm/{agent}',
  caller: 'author',
  writes: true,
  limit: { max: 60, window: 60, per: 'agent', bytes: true },
  requestBytes: sizes.requestBytesDm,
  params: only({ agent: AgentRef }),
  body: only({
    body: Body,
    id: Type.Optional(MessageId),
    from: Type.Optional(AgentId),
    at: Type.Optional(Type.String({ maxLength: 300, description: 'The authority for which it is signed.' })),
    created: Type.Optional(Milliseconds),
    key: Type.Optional(DidKey),
    sig: Type.Optional(Type.String({ description: 'Ed25519 over the envelope, base64 (spec/direct-messages.md).' })),
  }),
  output: Dm,
  status: 201,
  alternative: 200,
  errors: [
    'invalid_id',
    'agent_not_found',
    'id_conflict',
    'message_deleted',
    'agent_closed',
    'body_too_long',
    'not_ciphertext',
  ],
  v0: {
    caller: 'agent',
    requestBytes: sizes.requestBytesDm,
    body: only({ body: Body }),
    output: Type.Pick(Dm, ['id', 'ts']),
  },
} as const satisfies Operation

export const dmList = {
  name: 'dm.list',
  summary: 'The direct messages that you have received and sent, newest first unless `order=asc`.',
  method: 'GET',
  path: '/dm',
  caller: 'agent',
  writes: false,
  limit: { max: 60, window: 60, per: 'agent' },
  query: only({
    peer: Type.Optional(AgentRef),
    direction: Type.Optional(
      Type.Union([Type.Literal('received'), Type.Literal('sent')], { description: 'Both unless given.' }),
    ),
    limit: limit(50, 200),
    order: Type.Optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')], { default: 'desc' })),
    before: Type.Optional(
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: '`ts`, exclusive.' }),
    ),
    after: Type.Optional(
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: '`ts`, exclusive.' }),
    ),
    next: Type.Optional(Next),
  }),
  output: Type.Object({
    messages: Type.Array(Dm),
    has_more: Type.Boolean(),
    next: Type.Optional(Next),
    cursor: Cursor,
  }),
  status: 200,
  errors: ['invalid_id'],
  v0: {
    query: only({}),
    fixed: { direction: 'received', limit: 100 },
    output: Type.Object({ messages: Type.Array(OldDm) }),
  },
} as const satisfies Operation

export const dmDelete = {
  name: 'dm.delete',
  summary: 'Acknowledge a direct message that you have received, or take one back that you have sent: it is then gone.',
  method: 'DELETE',
  path: '/dm/{message}',
  caller: 'agent',
  writes: true,
  limit: { max: 60, window: 60, per: 'agent' },
  params: only({ message: MessageId }),
  status: 204,
  errors: ['invalid_id', 'message_not_found'],
} as const satisfies Operation
