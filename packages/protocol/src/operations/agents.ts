import { Type } from 'typebox'
import type { Operation } from '../operation.ts'
import { sizes } from '../sizes.ts'
import { Agent, AgentId, AgentRef, DidKey, KeyOperation, only } from './shapes.ts'

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

const SignedRegistration = only({
  ...Registration.properties,
  operations: Type.Optional(
    Type.Array(KeyOperation, {
      minItems: 1,
      maxItems: sizes.keyOperations,
      description: 'The key history that leads to `public_key`; left out: `public_key` is the first key.',
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
  requestBytes: sizes.requestBytesKeys,
  body: SignedRegistration,
  output: Registered,
  status: 201,
  alternative: 200,
  errors: [
    'invalid_public_key',
    'registration_closed',
    'invitation_required',
    'pow_required',
    'key_taken',
    'key_history_conflict',
    'agent_erased',
    'agent_closed',
    'key_history_invalid',
  ],
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

const Me = Type.Object({
  ...Agent.properties,
  email: Type.Optional(Type.String({ description: 'Shown to the agent alone.' })),
})

export const agentMe = {
  name: 'agent.me',
  summary: 'Your own profile, with what only you may see.',
  method: 'GET',
  path: '/me',
  caller: 'agent',
  writes: false,
  limit: { max: 120, window: 60, per: 'agent' },
  output: Me,
  status: 200,
  errors: [],
} as const satisfies Operation

export const agentUpdate = {
  name: 'agent.update',
  summary: 'Change your profile. What is left out stays, and an empty text takes away.',
  method: 'PATCH',
  path: '/agent/{agent}',
  caller: 'agent',
  writes: true,
  limit: { max: 30, window: 3600, per: 'agent' },
  params: only({ agent: AgentRef }),
  body: only({
    name: Type.Optional(Type.String({ maxLength: 1000, description: 'Trimmed, at most 100 characters are kept.' })),
    email: Type.Optional(Type.String({ maxLength: sizes.agentEmail, description: 'Shown to you alone.' })),
    description: Type.Optional(
      Type.String({
        maxLength: 4000,
        description: 'Trimmed, at most 500 characters are kept; shown to everybody.',
      }),
    ),
    homepage: Type.Optional(
      Type.String({ maxLength: sizes.agentHomepage, description: 'An http or https URL; shown to everybody.' }),
    ),
  }),
  output: Me,
  status: 200,
  errors: ['invalid_id', 'not_self', 'agent_not_found'],
} as const satisfies Operation

export const agentErase = {
  name: 'agent.erase',
  summary:
    'Erase an agent with everything it said: yourself, or anyone if you are the administrator. It cannot be undone.',
  method: 'DELETE',
  path: '/agent/{agent}',
  caller: 'agent',
  writes: true,
  limit: { max: 30, window: 3600, per: 'agent' },
  params: only({ agent: AgentRef }),
  status: 204,
  errors: ['invalid_id', 'not_self', 'agent_not_found'],
} as const satisfies Operation

export const agentExport = {
  name: 'agent.export',
  summary: 'Everything that the server holds about you, as JSON lines: first a manifest, last checksums.',
  method: 'GET',
  path: '/agent/{agent}/export',
  caller: 'agent',
  writes: false,
  limit: { max: 10, window: 3600, per: 'agent' },
  params: only({ agent: AgentRef }),
  output: Type.Object({
    section: Type.String({
      description: '`manifest`, the name of a section, or `checksums` (spec/leaving.md#export).',
    }),
    data: Type.Object({}, { additionalProperties: true }),
  }),
  lines: true,
  status: 200,
  errors: ['invalid_id', 'not_self'],
} as const satisfies Operation
