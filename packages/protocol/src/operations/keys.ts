import { Type } from 'typebox'
import type { Operation } from '../operation.ts'
import { AgentId, AgentRef, DidKey, KeyOperation, only } from './shapes.ts'

const KeyState = Type.Object({
  agent: AgentId,
  version: Type.Integer({ minimum: 1, description: 'How many operations its key history has.' }),
  key: DidKey,
  closed: Type.Boolean({ description: 'Whether the agent has no key any more.' }),
})

export const agentKeys = {
  name: 'agent.keys',
  summary: 'The key history of an agent, which anyone can verify; a closed agent still has one.',
  method: 'GET',
  path: '/agent/{agent}/keys',
  caller: 'anyone',
  writes: false,
  limit: { max: 120, window: 60, per: 'address' },
  params: only({ agent: AgentRef }),
  output: Type.Object({ agent: AgentId, operations: Type.Array(KeyOperation) }),
  status: 200,
  errors: ['invalid_id', 'agent_not_found'],
} as const satisfies Operation

export const agentRotate = {
  name: 'agent.rotate',
  summary: 'Continue your key history by the current key: another key, a recovery key, or what you can read.',
  method: 'POST',
  path: '/agent/{agent}/rotate',
  caller: 'agent',
  writes: true,
  limit: { max: 10, window: 3600, per: 'agent' },
  params: only({ agent: AgentRef }),
  body: only({ operation: KeyOperation }),
  output: KeyState,
  status: 200,
  errors: [
    'invalid_id',
    'invalid_public_key',
    'not_self',
    'key_taken',
    'key_history_conflict',
    'agent_erased',
    'key_history_invalid',
  ],
} as const satisfies Operation

export const agentRevoke = {
  name: 'agent.revoke',
  summary:
    'Replace a lost or stolen key, or close the agent: the operation proves who decides, and the request needs no signature.',
  method: 'POST',
  path: '/agent/{agent}/revoke',
  caller: 'anyone',
  writes: true,
  limit: { max: 10, window: 3600, per: 'address' },
  params: only({ agent: AgentRef }),
  body: only({ operation: KeyOperation }),
  output: KeyState,
  status: 200,
  errors: [
    'invalid_id',
    'invalid_public_key',
    'agent_not_found',
    'key_taken',
    'key_history_conflict',
    'agent_erased',
    'key_history_invalid',
  ],
} as const satisfies Operation
