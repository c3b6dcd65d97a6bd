import { Type } from 'typebox'
import { type AuditType, auditTypes } from '../audit/types.ts'
import type { Operation } from '../operation.ts'
import { AgentRef, Base64, Count, DidKey, limit, MessageId, Milliseconds, Next, only, RoomId } from './shapes.ts'

const Hex = (description: string) => Type.String({ pattern: '^[0-9a-f]{64}$', description })
const AuditTypeName = Type.Unsafe<AuditType>(
  Type.Union(Object.entries(auditTypes).map(([name, description]) => Type.Literal(name, { description }))),
)
const order = Type.Optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')], { default: 'desc' }))

const Entry = Type.Object({
  position: Type.Integer({ minimum: 1, description: '1, 2, 3, without gaps, in commit order.' }),
  at: Type.Optional(Milliseconds),
  type: Type.Optional(Type.String({ description: 'What happened (spec/audit.md#types).' })),
  outcome: Type.Optional(Type.Union([Type.Literal('done'), Type.Literal('refused')])),
  agent: Type.Optional(Type.String({ format: 'uuid', description: 'Who did it, or claimed to be.' })),
  subject: Type.Optional(Type.String({ format: 'uuid', description: 'The agent whom it was done to.' })),
  room: Type.Optional(RoomId),
  message: Type.Optional(MessageId),
  address: Type.Optional(
    Type.String({ description: 'From where, shortened as the server is set; `other`: from many.' }),
  ),
  request_id: Type.Optional(Type.String()),
  details: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  erased: Type.Optional(Type.Literal(true, { description: 'What it said was erased together with an agent.' })),
  salt: Type.Optional(Hex('Random bytes that the commitment hides the entry with, in hex.')),
  commitment: Hex('SHA-256 of salt and entry, in hex.'),
  link: Hex('SHA-256 of the link before, the commitment and the position, in hex.'),
})

export const auditList = {
  name: 'audit.list',
  summary: 'What happened here that matters to security, newest first unless `order=asc`; for the administrator alone.',
  method: 'GET',
  path: '/audit',
  caller: 'agent',
  writes: false,
  limit: { max: 120, window: 60, per: 'agent' },
  query: only({
    type: Type.Optional(AuditTypeName),
    agent: Type.Optional(Type.String({ ...AgentRef, description: 'Who did it, or whom it was done to.' })),
    after: Type.Optional(
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: '`at`, exclusive.' }),
    ),
    before: Type.Optional(
      Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: '`at`, exclusive.' }),
    ),
    order,
    limit: limit(100, 1000),
    next: Type.Optional(Next),
    format: Type.Optional(
      Type.Union([Type.Literal('json'), Type.Literal('jsonl'), Type.Literal('csv')], {
        description:
          'In place of the header Accept: JSON, JSON lines or CSV; the latter two continue by the header Link.',
      }),
    ),
  }),
  output: Type.Object({ entries: Type.Array(Entry), has_more: Type.Boolean(), next: Type.Optional(Next) }),
  rows: 'entries',
  status: 200,
  errors: ['invalid_id', 'not_admin'],
} as const satisfies Operation

export const auditCheckpoints = {
  name: 'audit.checkpoints',
  summary: 'How far the audit had come, signed by the instance, newest first unless `order=asc`.',
  method: 'GET',
  path: '/audit/checkpoints',
  caller: 'anyone',
  writes: false,
  limit: { max: 120, window: 60, per: 'address' },
  query: only({ order, limit: limit(100, 1000), next: Type.Optional(Next) }),
  output: Type.Object({
    keys: Type.Array(DidKey, { description: 'Keys of the instance, the present one first.' }),
    checkpoints: Type.Array(
      Type.Object({
        count: Count,
        root: Hex('The link of the last entry that it counts, in hex.'),
        at: Milliseconds,
        key: DidKey,
        sig: Base64,
      }),
    ),
    has_more: Type.Boolean(),
    next: Type.Optional(Next),
  }),
  status: 200,
  errors: [],
} as const satisfies Operation
