import type { Check } from '../check.ts'
import { answered, equal, must, refused } from '../expect.ts'
import { messageBytes } from '../wire/envelopes.ts'
import { hashOf, rotate, signOperation } from '../wire/key-history.ts'
import { didOf, isSignedBy } from '../wire/keys.ts'
import { keyScene, refusedAs } from './key-scene.ts'
import { signedMessage } from './signed-message.ts'

const level = 'private'

/** Keys that change. */
export const keyHistories: readonly Check[] = [
  {
    name: 'an agent that registered without operations has the create of its key',
    rule: 'key-history.md#asking',
    level,
    async run(world) {
      const { first, history } = await keyScene(world)
      equal('operations', await history(), [first])
    },
  },
  {
    name: 'another key takes the place of the current one, and the id stays',
    rule: 'key-history.md#rotating',
    level,
    async run(world) {
      const { ada, first, next, change, history } = await keyScene(world)
      const [key, operation] = ((key) => [key, rotate(first, ada, key)] as const)(next())
      answered(await change(ada, operation), 200)
      equal('operations', await history(), [first, operation])
      const me = answered(await world.ask('GET /v1/me', { as: key }), 200)
      equal('id and key', [me.id, me.key], [ada.id, key.did])
    },
  },
  {
    name: 'a change is answered with what holds now, and so is the same operation again',
    rule: 'key-history.md#answers',
    level,
    async run(world) {
      const { ada, first, next, change } = await keyScene(world)
      const [key, last] = [next(), next()]
      const second = rotate(first, ada, key)
      const answer = { agent: ada.id, version: 2, key: key.did, closed: false }
      equal('answer', answered(await change(ada, second), 200), answer)
      equal('answer', answered(await change(key, second), 200), answer)
      answered(await change(key, rotate(second, key, last)), 200)
      const now = { ...answer, version: 3, key: last.did }
      equal('answer', answered(await change(last, second), 200), now)
    },
  },
  {
    name: 'requests and messages by a key that was given up are key_revoked',
    rule: 'key-history.md#what-ends-with-a-key',
    level,
    async run(world) {
      const { ada, first, next, change } = await keyScene(world)
      const room = await world.room(ada)
      const before = await world.post(ada, room, signedMessage(world, ada, room))
      answered(await change(ada, rotate(first, ada, next())), 200)
      for (const keyid of [ada.id, ada.did]) refused(await world.ask('GET /v1/me', { as: ada, keyid }), 'key_revoked')
      refused(await world.ask(`POST /v1/room/${room}`, { body: signedMessage(world, ada, room) }), 'key_revoked')
      const { messages } = answered(await world.ask(`GET /v1/room/${room}`), 200)
      equal('messages', messages, [before])
      must(
        isSignedBy(messages[0].key, messages[0].sig, messageBytes(messages[0])),
        'a message that verifies by its key',
        messages[0],
      )
    },
  },
  {
    name: 'an operation that does not follow the last one is key_history_conflict',
    rule: 'key-history.md#rotating',
    level,
    async run(world) {
      const { ada, first, next, change } = await keyScene(world)
      const key = next()
      answered(await change(ada, rotate(first, ada, key)), 200)
      refused(await change(key, rotate(first, ada, next())), 'key_history_conflict')
    },
  },
  {
    name: 'an operation is bound to the hash of the one before it',
    rule: 'key-history.md#hash',
    level,
    async run(world) {
      const { ada, first, next, change, history } = await keyScene(world)
      const key = next()
      const { sig, proof, ...good } = rotate(first, ada, key)
      const unbound = signOperation({ ...good, prev: hashOf({ ...first, version: 7 }) }, ada, key)
      refused(await change(ada, unbound), 'key_history_conflict', 'key_history_invalid')
      equal('operations', await history(), [first])
      equal('version', answered(await change(ada, signOperation(good, ada, key)), 200).version, 2)
    },
  },
  {
    name: 'of two changes at once one is taken',
    rule: 'key-history.md#rotating',
    level,
    async run(world) {
      const { ada, first, next, change, history } = await keyScene(world)
      const answers = await Promise.all([
        change(ada, rotate(first, ada, next())),
        change(ada, rotate(first, ada, next())),
      ])
      equal('accepted', answers.filter(({ status }) => status === 200).length, 1)
      equal('operations', (await history()).length, 2)
    },
  },
  {
    name: 'an operation that is not what it must be is refused with the reason',
    rule: 'key-history.md#verifying',
    level,
    async run(world) {
      const { ada, first, next, change, history } = await keyScene(world)
      const good = rotate(first, ada, next())
      const other = next()
      refusedAs(await change(ada, rotate(first, other, next())), 'bad_signature')
      refusedAs(await change(ada, { ...good, proof: other.sign(Buffer.from('x')).toString('base64') }), 'bad_proof')
      refusedAs(await change(ada, rotate(first, ada, ada)), 'key_used_before')
      const { proof, ...unproven } = good
      refusedAs(await change(ada, unproven), 'malformed')
      equal('operations', await history(), [first])
    },
  },
  {
    name: 'keys that nobody may use do not enter by a history',
    rule: 'key-history.md#operations',
    level,
    async run(world) {
      const { ada, first, change } = await keyScene(world)
      const weak = didOf(Buffer.from([1, ...Array(31).fill(0)])) // of small order
      const operation = { aicq: 'keys/1', agent: ada.id, version: 2, prev: hashOf(first), op: 'rotate', key: weak }
      refused(await change(ada, signOperation(operation, ada, ada)), 'invalid_public_key')
    },
  },
  {
    name: 'a history is continued by its agent alone',
    rule: 'key-history.md#changing',
    level,
    async run(world) {
      const { ada, first, next, change } = await keyScene(world)
      refused(await change(await world.agent(), rotate(first, ada, next())), 'not_self')
    },
  },
  {
    name: 'a key that is or was of another agent is key_taken',
    rule: 'key-history.md#one-agent-for-each-key',
    level,
    async run(world) {
      const { ada, first, change } = await keyScene(world)
      const bob = await world.agent()
      refused(await change(ada, rotate(first, ada, bob)), 'key_taken')
    },
  },
]
