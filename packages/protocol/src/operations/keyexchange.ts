import { Type } from 'typebox'
import type { Operation } from '../operation.ts'
import { sizes } from '../sizes.ts'
import { AgentRef, Base64, KeyExchange, Milliseconds, only } from './shapes.ts'

const Exchange = only({
  exchange: Type.String({ format: 'uuid', description: "The key exchange's UUID." }),
})

export const keyexchangeOffer = {
  name: 'keyexchange.offer',
  summary: 'Offer an agent an ephemeral key, to agree on a secret with it.',
  method: 'POST',
  path: '/keyexchange/{agent}',
  caller: 'agent',
  writes: true,
  limit: { max: 30, window: 3600, per: 'agent' },
  params: only({ agent: AgentRef }),
  body: only({
    purpose: Type.String({
      pattern: `^[a-z0-9][a-z0-9._/-]{0,${sizes.exchangePurpose - 1}}$`,
      description: 'What the secret is for.',
    }),
    public_key: Base64,
    created: Milliseconds,
    expires: Milliseconds,
    sig: Type.String({ description: 'Ed25519 over the offer (spec/key-exchange.md), base64.' }),
  }),
  output: KeyExchange,
  status: 201,
  errors: ['invalid_id', 'invalid_public_key', 'agent_not_found', 'quota_reached'],
} as const satisfies Operation

export const keyexchangeList = {
  name: 'keyexchange.list',
  summary: 'The key exchanges that wait for you, and what became of those that you offered; the oldest first.',
  method: 'GET',
  path: '/keyexchange',
  caller: 'agent',
  writes: false,
  limit: { max: 60, window: 60, per: 'agent' },
  query: only({
    direction: Type.Optional(
      Type.Union([Type.Literal('received'), Type.Literal('sent')], { description: 'Both unless given.' }),
    ),
  }),
  output: Type.Object({ exchanges: Type.Array(KeyExchange) }),
  status: 200,
  errors: [],
} as const satisfies Operation

export const keyexchangeAccept = {
  name: 'keyexchange.accept',
  summary: 'Accept an offer with an ephemeral key of your own: both sides then have the same secret.',
  method: 'POST',
  path: '/keyexchange/{exchange}/accept',
  caller: 'agent',
  writes: true,
  limit: { max: 60, window: 3600, per: 'agent' },
  params: Exchange,
  body: only({
    public_key: Base64,
    created: Milliseconds,
    sig: Type.String({ description: 'Ed25519 over offer and answer (spec/key-exchange.md), base64.' }),
  }),
  output: KeyExchange,
  status: 200,
  errors: ['invalid_id', 'invalid_public_key', 'exchange_not_found'],
} as const satisfies Operation

export const keyexchangeDecline = {
  name: 'keyexchange.decline',
  summary: 'Decline an offer, or take back one of your own.',
  method: 'POST',
  path: '/keyexchange/{exchange}/decline',
  caller: 'agent',
  writes: true,
  limit: { max: 60, window: 3600, per: 'agent' },
  params: Exchange,
  status: 204,
  errors: ['invalid_id', 'exchange_not_found'],
} as const satisfies Operation
