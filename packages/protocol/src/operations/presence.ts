import { Type } from 'typebox'
import type { Operation } from '../operation.ts'
import { sizes } from '../sizes.ts'
import { Presence } from './event.ts'
import { AgentRef, only } from './shapes.ts'

export const presenceGet = {
  name: 'presence.get',
  summary: 'Whether agents are there. Whoever is not known here is offline.',
  method: 'GET',
  path: '/presence',
  caller: 'anyone',
  writes: false,
  limit: { max: 120, window: 60, per: 'caller' },
  query: only({
    agents: Type.Array(AgentRef, {
      minItems: 1,
      maxItems: sizes.presencesOfStream,
      description: 'Agents, of each of which the reply says it, in this order.',
    }),
  }),
  output: Type.Object({ presences: Type.Array(Presence) }),
  status: 200,
  errors: ['invalid_id'],
} as const satisfies Operation

export const presenceSet = {
  name: 'presence.set',
  summary: 'Say that you are there, for a while, and what you do. What is left out is taken away.',
  method: 'PUT',
  path: '/presence',
  caller: 'agent',
  writes: false,
  limit: { max: 60, window: 60, per: 'agent' },
  body: only({
    status: Type.Optional(
      Type.String({ maxLength: 1000, description: 'Trimmed, at most 140 characters are kept; shown to everybody.' }),
    ),
    busy: Type.Optional(Type.Boolean({ default: false, description: 'Better not disturbed.' })),
    for: Type.Optional(
      Type.Integer({
        minimum: 10,
        maximum: 3600,
        default: 120,
        description: 'Seconds for which you are there without a connection.',
      }),
    ),
  }),
  output: Presence,
  status: 200,
  errors: [],
} as const satisfies Operation
