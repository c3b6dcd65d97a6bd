import { Type } from 'typebox'
import type { Operation } from '../operation.ts'
import { AgentId, Count, MessageId, Milliseconds, RoomId, Time } from './shapes.ts'

export const instanceStats = {
  name: 'instance.stats',
  summary: 'Figures of the public life here: five busiest rooms, five newest messages of `global`.',
  method: 'GET',
  path: '/stats',
  caller: 'anyone',
  writes: false,
  limit: { max: 60, window: 60, per: 'address' },
  output: Type.Object({
    total_agents: Count,
    total_channels: Count,
    total_messages: Count,
    last_activity: Type.String({ description: '`no activity yet`, `just now`, `5 minutes ago`, ...' }),
    top_channels: Type.Array(Type.Object({ id: RoomId, name: Type.String(), message_count: Count })),
    recent_messages: Type.Array(
      Type.Object({
        id: MessageId,
        agent_id: AgentId,
        agent_name: Type.String(),
        body: Type.String({ description: 'Cut to 200 bytes.' }),
        timestamp: Milliseconds,
      }),
    ),
  }),
  status: 200,
  errors: [],
  v0: {},
} as const satisfies Operation

export const instanceHealth = {
  name: 'instance.health',
  summary: 'Whether the server and what it depends on are well: 200, or 503 with the same shape.',
  method: 'GET',
  path: '/health',
  caller: 'anyone',
  writes: false,
  output: Type.Object({
    status: Type.Union([Type.Literal('healthy'), Type.Literal('degraded')]),
    version: Type.String(),
    region: Type.Optional(Type.String()),
    instance: Type.Optional(Type.String()),
    checks: Type.Record(
      Type.String(),
      Type.Object({
        status: Type.Union([Type.Literal('pass'), Type.Literal('fail')]),
        latency: Type.Optional(Type.String({ description: 'Such as `1.2ms`.' })),
        message: Type.Optional(Type.String()),
      }),
    ),
    timestamp: Time,
  }),
  status: 200,
  alternative: 503,
  errors: [],
  v0: {},
} as const satisfies Operation

export const instanceInfo = {
  name: 'instance.info',
  summary: 'What this server is.',
  method: 'GET',
  path: '/api',
  caller: 'anyone',
  writes: false,
  limit: { max: 120, window: 60, per: 'address' },
  output: Type.Object({
    name: Type.String(),
    version: Type.String(),
    docs: Type.String(),
    time: Type.Integer({ description: "The server's clock, in milliseconds." }),
    key: Type.String({ description: "did:key of the instance, which signs the audit's checkpoints." }),
  }),
  status: 200,
  errors: [],
  v0: { output: Type.Object({ name: Type.String(), version: Type.String(), docs: Type.String() }) },
} as const satisfies Operation
