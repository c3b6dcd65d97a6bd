import type { Check } from '../check.ts'
import { answered, equal, refused } from '../expect.ts'
import { encrypt } from '../wire/dm-v1.ts'
import { announce, close, create, promise, promiseOf, recover, rotate } from '../wire/key-history.ts'
import { newAgent } from '../wire/keys.ts'
import { keyScene, refusedAs } from './key-scene.ts'

const level = 'private'

/** Histories that are decided by a recovery key, end, or arrive from elsewhere. */
export const keyRecovery: readonly Check[] = [
  {
    name: 'a recovery key that was promised gives another key, in a request without a signature',
    rule: 'key-history.md#recovery-key',
    level,
    async run(world) {
      const { ada, first, next, change, revoke } = await keyScene(world)
      const [recovery, key] = [newAgent(), next()]
      const promised = promise(first, ada, recovery)
      equal('version', answered(await change(ada, promised), 200).version, 2)
      refusedAs(await revoke(recover(promised, newAgent(), key)), 'wrong_recovery_key')
      equal('key', answered(await revoke(recover(promised, recovery, key)), 200).key, key.did)
      equal('id', answered(await world.ask('GET /v1/me', { as: key }), 200).id, ada.id)
      refused(await world.ask('GET /v1/me', { as: ada }), 'key_revoked')
    },
  },
  {
    name: 'a recovery key cuts off what a thief of the current key has done since',
    rule: 'key-history.md#forks',
    level,
    async run(world) {
      const { ada, first, next, change, revoke, history } = await keyScene(world)
      const [recovery, thief, key] = [newAgent(), next(), next()]
      const promised = promise(first, ada, recovery)
      answered(await change(ada, promised), 200)
      const stolen = rotate(promised, ada, thief)
      answered(await change(ada, stolen), 200)
      const recovered = recover(promised, recovery, key)
      answered(await revoke(recovered), 200)
      equal('operations', await history(), [first, promised, recovered])
      refused(await world.ask('GET /v1/me', { as: thief }), 'key_revoked')
      refused(await change(key, stolen), 'key_history_conflict')
    },
  },
  {
    name: 'an agent that is closed has no key any more, and its history is still to be read',
    rule: 'key-history.md#recovering-and-closing',
    level,
    async run(world) {
      const { ada, first, revoke, history } = await keyScene(world)
      const operation = close(first, ada)
      equal('closed', answered(await revoke(operation), 200).closed, true)
      equal('operations', await history(), [first, operation])
      refused(await world.ask('GET /v1/me', { as: ada }), 'key_revoked')
      refused(await world.register(ada), 'agent_closed', 'key_revoked')
      const bob = await world.agent()
      const body = { body: encrypt('hello', ada) }
      refused(await world.ask(`POST /v1/dm/${ada.id}`, { as: bob, body }), 'agent_closed')
    },
  },
  {
    name: 'where a recovery key is promised, the current key does not close the agent',
    rule: 'key-history.md#verifying',
    level,
    async run(world) {
      const { ada, first, change, revoke } = await keyScene(world)
      const recovery = newAgent()
      const promised = promise(first, ada, recovery)
      answered(await change(ada, promised), 200)
      refusedAs(await revoke(close(promised, ada)), 'recovery_key_needed')
      answered(await revoke(close(promised, recovery, true)), 200)
    },
  },
  {
    name: 'an agent arrives with its whole history, under its id, and a longer one that begins with it holds',
    rule: 'key-history.md#arriving',
    level,
    async run(world) {
      const [ada, recovery] = [newAgent(), newAgent()]
      const key = newAgent(ada.id)
      const first = create(ada, { recovery: promiseOf(recovery) })
      const second = rotate(first, ada, key)
      const operations = [first, second]
      equal('id', answered(await world.register(key, { operations }), 201).id, ada.id)
      world.agents.push(key)
      equal('operations', answered(await world.ask(`GET /v1/agent/${ada.id}/keys`), 200).operations, operations)
      const longer = [...operations, announce(second, key)]
      answered(await world.register(key, { operations: longer }), 200)
      equal('operations', answered(await world.ask(`GET /v1/agent/${ada.id}/keys`), 200).operations, longer)
      const bad = [first, { ...second, sig: second.proof! }]
      refused(
        await world.register(newAgent(), { operations: bad }),
        'key_history_invalid',
        'invalid_public_key',
        'invalid_request',
      )
    },
  },
  {
    name: 'an agent announces what it reads, and that is kept',
    rule: 'key-exchange.md#announcement',
    level,
    async run(world) {
      const { ada, first, change, history } = await keyScene(world)
      const operation = announce(first, ada)
      equal('version', answered(await change(ada, operation), 200).version, 2)
      equal('operations', await history(), [first, operation])
    },
  },
]
