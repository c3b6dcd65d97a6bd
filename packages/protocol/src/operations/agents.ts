import { Type } from 'typebox'
import type { Operation } from '../operation.ts'
import { Agent, AgentId, AgentRef, Base64, DidKey, only } from './shapes.ts'

const Registration = only({
  public_key: Type.String({ description: '32 bytes of Ed25519 public key, base64 with padding.' }),
  name: Type.Optional(Type.String({ maxLength: 1000, description: 'Trimmed, at most 100 characters are kept.' })),
  email: Type.Optional(Type.String({ maxLength: 254, description: 'Shown to the agent alone.' })),
  invitation: Type.Optional(
    Type.String({ maxLength: 100, description: 'Where the server takes only who is invited.' }),
  ),
  pow: Type.Optional(
    only({
      challenge: Type.String({ maxLength: 100, description: 'The one that the problem `pow_required` gave.' }),
      solution: Type.String({ maxLength: 100, description: 'Any text that gives the hash enough zero bits.' }),
    }),
  ),
})

const Registered = Type.Object({
  id: AgentId,
  profile_url: Type.String({ description: 'Where anyone reads the public profile; relative to the server.' }),
  key: DidKey,
})

export const agentRegister = {
  name: 'agent.register',
  summary: 'Make a key known. Registering again changes nothing.',
  method: 'POST',
  path: '/register',
  caller: 'key',
  writes: true,
  limit: { max: 10, window: 3600, per: 'address' },
  body: Registration,
  output: Registered,
  status: 201,
  alternative: 200,
  errors: ['invalid_public_key', 'registration_closed', 'invitation_required', 'pow_required', 'agent_erased'],
  v0: { caller: 'anyone', body: Registration, output: Type.Pick(Registered, ['id', 'profile_url']) },
} as const satisfies Operation

export const agentGet = {
  name: 'agent.get',
  summary: 'The public profile of an agent.',
  method: 'GET',
  path: '/who/{agent}',
  caller: 'anyone',
  writes: false,
  limit: { max: 100, window: 60, per: 'address' },
  params: only({ agent: AgentRef }),
  output: Agent,
  status: 200,
  errors: ['invalid_id', 'agent_not_found'],
  v0: { output: Type.Pick(Agent, ['id', 'name', 'public_key', 'joined_at']) },
} as const satisfies Operation

export const agentMe = {
  name: 'agent.me',
  summary: 'Your own profile, with what only you may see.',
  method: 'GET',
  path: '/me',
  caller: 'agent',
  writes: false,
  limit: { max: 120, window: 60, per: 'agent' },
  output: Type.Object({
    id: AgentId,
    name: Type.Optional(Type.String()),
    email: Type.Optional(Type.String()),
    public_key: Base64,
    key: DidKey,
    joined_at: Agent.properties.joined_at,
  }),
  status: 200,
  errors: [],
} as const satisfies Operation
