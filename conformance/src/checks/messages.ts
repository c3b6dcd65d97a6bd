import type { Check } from '../check.ts'
import { answered, equal, must, refused } from '../expect.ts'
import { messageBytes } from '../wire/envelopes.ts'
import { isSignedBy, newAgent } from '../wire/keys.ts'
import type { World } from '../world.ts'
import { signedMessage } from './signed-message.ts'

const level = 'signed'

/** An agent and its room. */
async function scene(world: World) {
  const { as: ada, room } = await world.agentWithRoom()
  return { ada, room, line: `POST /v1/room/${room}` }
}

/** The envelope of messages, their proof, and when two are the same. */
export const messages: readonly Check[] = [
  {
    name: 'a post becomes a message with id, seq, author, key, type and the time of the server, and is read as that',
    rule: 'messages.md#proof',
    level,
    async run(world) {
      const { ada, room, line } = await scene(world)
      const message = answered(await world.ask(line, { as: ada, body: { body: 'hello' } }), 201)
      const { id, created, ts, ...rest } = message
      equal('message', rest, { seq: 1, room, from: ada.id, key: ada.did, type: 'text', body: 'hello' })
      must(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id), 'a ULID', id)
      must(Math.abs(ts - world.now()) < 60_000 && Number.isSafeInteger(created), 'times in milliseconds', message)
      equal('message', answered(await world.ask(`GET /v1/room/${room}`), 200).messages[0], message)
      const { receipts, ...read } = answered(await world.ask(`GET /v1/room/${room}/${id}`), 200)
      equal('message', read, message)
    },
  },
  {
    name: 'a signed message needs no signed request, and carries what its author signed',
    rule: 'messages.md#envelope',
    level,
    async run(world) {
      const { ada, room, line } = await scene(world)
      const sent = signedMessage(world, ada, room, { body: 'ünï \ud83d\udcac' })
      const message = answered(await world.ask(line, { body: sent }), 201)
      must(isSignedBy(message.key, message.sig, messageBytes(message)), 'a message that proves its author', message)
      equal(
        'what was signed',
        { ...sent, key: ada.did },
        {
          at: message.at,
          id: message.id,
          from: message.from,
          body: message.body,
          created: message.created,
          sig: message.sig,
          key: message.key,
        },
      )
    },
  },
  {
    name: 'sending a signed message again is the same message, with or without a signed request',
    rule: 'messages.md#proof',
    level,
    async run(world) {
      const { ada, room, line } = await scene(world)
      const body = signedMessage(world, ada, room)
      const first = answered(await world.ask(line, { body }), 201)
      equal('message', answered(await world.ask(line, { body }), 200), first)
      equal('message', answered(await world.ask(line, { body, as: ada }), 200), first)
    },
  },
  {
    name: 'a signature that does not verify over the envelope is signature_invalid',
    rule: 'messages.md#envelope',
    level,
    async run(world) {
      const { ada, room, line } = await scene(world)
      const sent = signedMessage(world, ada, room)
      refused(await world.ask(line, { body: { ...sent, body: 'changed' } }), 'signature_invalid')
      refused(
        await world.ask(line, { body: signedMessage(world, { ...newAgent(), id: ada.id }, room) }),
        'signature_invalid',
      )
      const elsewhere = signedMessage(world, ada, '00000000-0000-0000-0000-000000000001')
      refused(await world.ask(line, { body: elsewhere }), 'signature_invalid')
    },
  },
  {
    name: 'the members of an envelope go together',
    rule: 'messages.md#envelope',
    level,
    async run(world) {
      const { ada, room, line } = await scene(world)
      for (const missing of ['from', 'at', 'created', 'id']) {
        const body = { ...signedMessage(world, ada, room), [missing]: undefined }
        refused(await world.ask(line, { as: ada, body }), 'invalid_request')
      }
    },
  },
  {
    name: 'a message that is signed for another server is authority_wrong',
    rule: 'signing.md#authority',
    level,
    async run(world) {
      const { ada, room, line } = await scene(world)
      refused(
        await world.ask(line, { body: signedMessage(world, ada, room, { at: 'aicq.invalid' }) }),
        'authority_wrong',
      )
    },
  },
  {
    name: 'an idempotent repeat gets the first answer again with 200, and is stored once',
    rule: 'messages.md#sameness',
    level,
    async run(world) {
      const { ada, room, line } = await scene(world)
      const body = { id: world.id(), body: 'once' }
      const first = answered(await world.ask(line, { as: ada, body }), 201)
      equal('message', answered(await world.ask(line, { as: ada, body }), 200), first)
      equal('messages', answered(await world.ask(`GET /v1/room/${room}`), 200).messages, [first])
    },
  },
  {
    name: 'of eight posts with one id at once, one is stored and all get it',
    rule: 'messages.md#sameness',
    level,
    async run(world) {
      const { ada, room, line } = await scene(world)
      const body = { id: world.id(), body: 'once' }
      const answers = await Promise.all(Array.from({ length: 8 }, () => world.ask(line, { as: ada, body })))
      for (const answer of answers) equal('seq', answered(answer, 200, 201).seq, 1)
      equal('messages', answered(await world.ask(`GET /v1/room/${room}`), 200).messages.length, 1)
    },
  },
  {
    name: 'anything else under the same id is id_conflict',
    rule: 'messages.md#sameness',
    level,
    async run(world) {
      const { ada, room, line } = await scene(world)
      const { id } = await world.post(ada, room, { id: world.id(), body: 'a' })
      refused(await world.ask(line, { as: ada, body: { id, body: 'b' } }), 'id_conflict')
      refused(await world.ask(line, { as: ada, body: { id, body: 'a', type: 'note' } }), 'id_conflict')
      refused(await world.ask(line, { as: await world.agent(), body: { id, body: 'a' } }), 'id_conflict')
      const other = await world.room(ada)
      refused(await world.ask(`POST /v1/room/${other}`, { as: ada, body: { id, body: 'a' } }), 'id_conflict')
    },
  },
  {
    name: 'the id of a deleted message is message_deleted',
    rule: 'messages.md#sameness',
    level,
    async run(world) {
      const { ada, room, line } = await scene(world)
      const { id } = await world.post(ada, room, { id: world.id(), body: 'a' })
      answered(await world.ask(`DELETE /v1/room/${room}/${id}`, { as: ada }), 204)
      refused(await world.ask(line, { as: ada, body: { id, body: 'a' } }), 'message_deleted')
    },
  },
  {
    name: 'the times of a new id and of a signed message lie within 5 minutes of the server',
    rule: 'messages.md#fresh-ids',
    level,
    async run(world) {
      const { ada, room, line } = await scene(world)
      for (const offset of [-360_000, 360_000]) {
        refused(await world.ask(line, { as: ada, body: { id: world.id(offset), body: 'a' } }), 'invalid_id')
        const body = signedMessage(world, ada, room, { created: world.now() + offset })
        refused(await world.ask(line, { body }), 'clock_skew')
      }
      for (const offset of [-240_000, 240_000]) {
        const body = signedMessage(world, ada, room, { id: world.id(offset), created: world.now() + offset })
        answered(await world.ask(line, { body }), 201)
      }
    },
  },
  {
    name: 'a body has at most 4,096 bytes of UTF-8, and a type its form',
    rule: 'limits.md#sizes',
    level,
    async run(world) {
      const { ada, line } = await scene(world)
      answered(await world.ask(line, { as: ada, body: { body: 'ü'.repeat(2048) } }), 201)
      refused(await world.ask(line, { as: ada, body: { body: `${'ü'.repeat(2048)}.` } }), 'body_too_long')
      refused(await world.ask(line, { as: ada, body: { body: '' } }), 'invalid_request')
      refused(await world.ask(line, { as: ada, body: { body: 'a', type: 'No type' } }), 'invalid_request')
      equal(
        'type',
        answered(await world.ask(line, { as: ada, body: { body: 'a', type: 'task/v1' } }), 201).type,
        'task/v1',
      )
    },
  },
  {
    name: 'a body of a request below /v1 has at most 16,384 bytes',
    rule: 'limits.md#sizes',
    level,
    async run(world) {
      const { ada, line } = await scene(world)
      const filler = (length: number) => `{"body":"a"${' '.repeat(length - 12)}}`
      answered(await world.ask(line, { as: ada, body: filler(16_384) }), 201)
      refused(await world.ask(line, { as: ada, body: filler(16_385) }), 'request_too_large')
    },
  },
]
