import { Type } from 'typebox'
import type { Operation } from '../operation.ts'
import { sizes } from '../sizes.ts'
import { AgentRef, InstallationId, only, WirePrekey } from './shapes.ts'

const Own = Type.Object({
  installation: InstallationId,
  signed: WirePrekey,
  last_resort: Type.Optional(WirePrekey),
  one_time: Type.Integer({ description: 'How many one-time prekeys are left.' }),
})

export const prekeysPublish = {
  name: 'prekeys.publish',
  summary: 'Leave prekeys of one of your installations, so that others can begin sessions with it while it is away.',
  method: 'POST',
  path: '/prekeys',
  caller: 'agent',
  writes: true,
  limit: { max: 60, window: 3600, per: 'agent' },
  requestBytes: sizes.requestBytesPrekeys,
  body: only({
    installation: InstallationId,
    prekeys: Type.Array(WirePrekey, {
      minItems: 1,
      maxItems: sizes.prekeysAtOnce,
      description: 'A signed or a last-resort one takes the place of the one before it; one-time ones are added.',
    }),
  }),
  output: Own,
  status: 200,
  errors: ['invalid_id', 'invalid_public_key', 'quota_reached'],
} as const satisfies Operation

export const prekeysMine = {
  name: 'prekeys.mine',
  summary: 'Your installations, and how many one-time prekeys each has left.',
  method: 'GET',
  path: '/prekeys',
  caller: 'agent',
  writes: false,
  limit: { max: 120, window: 60, per: 'agent' },
  output: Type.Object({ installations: Type.Array(Own) }),
  status: 200,
  errors: [],
} as const satisfies Operation

export const prekeysList = {
  name: 'prekeys.list',
  summary: 'The installations of an agent, each with its signed prekey; nothing is used up.',
  method: 'GET',
  path: '/prekeys/{agent}',
  caller: 'agent',
  writes: false,
  limit: { max: 120, window: 60, per: 'agent' },
  params: only({ agent: AgentRef }),
  output: Type.Object({ installations: Type.Array(Type.Object({ installation: InstallationId, signed: WirePrekey })) }),
  status: 200,
  errors: ['invalid_id', 'agent_not_found'],
} as const satisfies Operation

export const prekeysTake = {
  name: 'prekeys.take',
  summary: 'Take what begins a session with an installation: each one-time prekey is given to one agent, once.',
  method: 'POST',
  path: '/prekeys/{agent}',
  caller: 'agent',
  writes: true,
  limit: { max: 60, window: 3600, per: 'agent' },
  params: only({ agent: AgentRef }),
  body: only({ installation: InstallationId }),
  output: Type.Object({
    signed: WirePrekey,
    one_time: Type.Optional(WirePrekey),
  }),
  status: 200,
  errors: ['invalid_id', 'agent_not_found', 'installation_not_found'],
} as const satisfies Operation

export const prekeysWithdraw = {
  name: 'prekeys.withdraw',
  summary: 'Take an installation of yours away, with all its prekeys: nobody begins a session with it any more.',
  method: 'DELETE',
  path: '/prekeys/{installation}',
  caller: 'agent',
  writes: true,
  limit: { max: 30, window: 60, per: 'agent' },
  params: only({ installation: InstallationId }),
  status: 204,
  errors: ['invalid_id'],
} as const satisfies Operation
