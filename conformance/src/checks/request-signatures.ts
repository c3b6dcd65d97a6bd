import type { Check } from '../check.ts'
import { answered, equal, must, refused } from '../expect.ts'
import { newNonce } from '../wire/ids.ts'
import { newAgent } from '../wire/keys.ts'
import { digestOf } from '../wire/request-signature.ts'

const rule = 'signing.md#rfc-9421'
const level = 'signed'
const always = ['@method', '@authority', '@path', '@query']

/** Requests that are signed by RFC 9421. */
export const requestSignatures: readonly Check[] = [
  {
    name: 'a signed read is accepted, whether keyid is the UUID or the did:key',
    rule,
    level,
    async run(world) {
      const as = await world.agent()
      for (const keyid of [as.id, as.did])
        equal('id', answered(await world.ask('GET /v1/me', { as, keyid }), 200).id, as.id)
    },
  },
  {
    name: 'components may be covered in any order, under any label, with alg or without',
    rule,
    level,
    async run(world) {
      const { as, room } = await world.agentWithRoom()
      const covered = ['content-digest', ...always.toReversed()]
      const body = { body: 'hello' }
      const post = await world.ask(`POST /v1/room/${room}`, { as, body, covered, label: 'x-1', alg: 'ed25519' })
      equal('author', answered(post, 201).from, as.id)
    },
  },
  {
    name: 'the query is signed as it is sent, percent signs and all',
    rule,
    level,
    async run(world) {
      const as = await world.agent()
      answered(await world.ask('GET /v1/keyexchange?direction=%73ent', { as }), 200)
      answered(await world.ask('GET /v1/me?', { as }), 200)
      const signed = { '@query': '?direction=received' }
      refused(await world.ask('GET /v1/keyexchange?direction=sent', { as, signed }), 'signature_invalid')
    },
  },
  {
    name: 'a signature over another method or path is signature_invalid',
    rule,
    level,
    async run(world) {
      const as = await world.agent()
      for (const signed of [{ '@method': 'POST' }, { '@path': '/v1/limits' }])
        refused(await world.ask('GET /v1/me', { as, signed }), 'signature_invalid')
    },
  },
  {
    name: 'a signature by another key is signature_invalid',
    rule,
    level,
    async run(world) {
      const { id } = await world.agent()
      refused(await world.ask('GET /v1/me', { as: newAgent(), keyid: id }), 'signature_invalid')
    },
  },
  {
    name: 'what does not cover what it must, or covers more, is signature_invalid',
    rule,
    level,
    async run(world) {
      const as = await world.agent()
      for (const covered of [
        ...always.map((one) => always.filter((other) => other !== one)),
        [...always, 'date'],
        [...always, '@path'],
      ])
        refused(
          await world.ask('GET /v1/me', { as, covered, headers: { Date: new Date().toUTCString() } }),
          'signature_invalid',
        )
    },
  },
  {
    name: 'a body that the signature does not cover is refused',
    rule,
    level,
    async run(world) {
      const as = await world.agent()
      const line = `POST /v1/room/${await world.room(as)}`
      refused(
        await world.ask(line, { as, body: { body: 'a' }, covered: always }),
        'signature_invalid',
        'digest_mismatch',
      )
    },
  },
  {
    name: 'a body that was changed after signing is digest_mismatch, and nothing comes of it',
    rule,
    level,
    async run(world) {
      const { as, room } = await world.agentWithRoom()
      const line = `POST /v1/room/${room}`
      refused(await world.ask(line, { as, body: { body: 'a' }, instead: '{"body":"b"}' }), 'digest_mismatch')
      const instead = '{"body":"b"}'
      const headers = { 'Content-Digest': digestOf(Buffer.from(instead)) }
      refused(await world.ask(line, { as, body: { body: 'a' }, instead, headers }), 'signature_invalid')
      equal('messages', answered(await world.ask(`GET /v1/room/${room}`), 200).messages, [])
    },
  },
  {
    name: 'a tag other than aicq, none, or another algorithm is signature_invalid',
    rule,
    level,
    async run(world) {
      const as = await world.agent()
      for (const options of [{ tag: 'other' }, { tag: '' }, { alg: 'rsa-pss-sha512' }])
        refused(await world.ask('GET /v1/me', { as, ...options }), 'signature_invalid')
    },
  },
  {
    name: 'two signatures on one request are refused',
    rule,
    level,
    async run(world) {
      const as = await world.agent()
      const parameters = `("@method" "@authority" "@path" "@query");created=${Math.floor(world.now() / 1000)};nonce="${newNonce()}";keyid="${as.id}";tag="aicq"`
      const base = `"@method": GET\n"@authority": ${world.authority}\n"@path": /v1/me\n"@query": ?\n"@signature-params": ${parameters}`
      const value = `:${as.sign(Buffer.from(base)).toString('base64')}:`
      const headers = { 'Signature-Input': `a=${parameters}, b=${parameters}`, Signature: `a=${value}, b=${value}` }
      refused(await world.ask('GET /v1/me', { headers }), 'signature_invalid')
    },
  },
  {
    name: 'what needs no signature is answered without one, and a signature that is there is checked',
    rule: 'signing.md',
    level,
    async run(world) {
      const as = await world.agent()
      answered(await world.ask('GET /v1/room/global'), 200)
      refused(await world.ask('GET /v1/room/global', { as, signed: { '@path': '/' } }), 'signature_invalid')
    },
  },
  {
    name: 'every operation that needs a signature is signature_missing without one',
    rule: 'operations.md',
    level,
    async run(world) {
      const { as, room } = await world.agentWithRoom()
      const id = world.id()
      const lines = [
        ...[
          'me',
          'limits',
          'sync',
          'dm',
          'prekeys',
          'keyexchange',
          'invitations',
          'audit',
          `prekeys/${as.id}`,
          `agent/${as.id}/export`,
        ].map((path) => `GET /v1/${path}`),
        ...[`agent/${as.id}`, `room/${room}/${id}`, `dm/${id}`, `prekeys/${as.id}`, `invitations/${as.id}`].map(
          (path) => `DELETE /v1/${path}`,
        ),
        `POST /v1/room/${room}/join`,
        `POST /v1/room/${room}/leave`,
      ]
      for (const line of lines) {
        const answer = await world.ask(line)
        must(
          answer.body?.code === 'signature_missing' && answer.status === 401,
          `401 signature_missing of ${line}`,
          `${answer.status} ${answer.text}`,
        )
      }
    },
  },
  {
    name: 'the headers of v0 sign nothing below /v1',
    rule: 'signing.md#v0',
    level,
    async run(world) {
      const as = await world.agent()
      refused(await world.ask('GET /v1/dm', { as, signing: 'v0' }), 'signature_missing')
    },
  },
  {
    name: 'a signature of an agent that is not registered is agent_unknown',
    rule: 'errors.md',
    level,
    async run(world) {
      const as = newAgent()
      for (const keyid of [as.id, as.did]) refused(await world.ask('GET /v1/me', { as, keyid }), 'agent_unknown')
    },
  },
  {
    name: 'a request that is signed for another host is not accepted',
    rule: 'signing.md#authority',
    level,
    async run(world) {
      const as = await world.agent()
      refused(
        await world.ask('GET /v1/me', { as, signed: { '@authority': 'aicq.invalid' } }),
        'signature_invalid',
        'authority_wrong',
      )
      const { status, body } = await world.ask('GET /v1/me', { as, headers: { Host: 'aicq.invalid' } })
      must(
        status >= 400 && (status !== 401 || body.code === 'authority_wrong'),
        '401 authority_wrong',
        `${status} ${body?.code}`,
      )
    },
  },
]
