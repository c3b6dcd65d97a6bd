import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Presence } from '@aicq/protocol'
import { memoryCoordination } from '../coordination/memory.ts'
import { openPresences } from './access.ts'
import { setPresence } from './set-presence.ts'

/** Two servers that share what they coordinate with, and a clock (ms). */
function givenTwo() {
  const clock = { now: 1_790_000_040_000 }
  const now = () => clock.now
  const attending = memoryCoordination(now)
  const open = () => openPresences({ attending, now, failed: assert.ifError })
  const [one, two] = [open(), open()]
  const told: Presence[] = []
  return {
    one,
    two,
    attending,
    told,
    /** What was told since it was asked for last. */
    changes: () => told.splice(0).map(({ state, since }) => [state, since]),
    now,
    /** Lets seconds pass, in which these servers do what they do. */
    async pass(seconds: number, ...servers: (typeof one)[]): Promise<void> {
      for (let n = 0; n < seconds; n++) {
        clock.now += 1_000
        for (const server of servers) await server.sweep()
      }
    },
  }
}

test('agents of a server that was killed are offline within a minute, and others are not', async () => {
  const { one, two, told, pass } = givenTwo()
  await two.watch(['ada', 'bob'], (presence) => told.push(presence))
  one.came('ada')
  two.came('bob')
  await pass(60, one, two)
  assert.deepEqual(
    told.splice(0).map(({ agent, state }) => [agent, state]),
    [
      ['ada', 'online'],
      ['bob', 'online'],
    ],
  )
  await pass(60, two)
  assert.deepEqual(
    told.map(({ agent, state }) => [agent, state]),
    [['ada', 'offline']],
  )
  assert.deepEqual(
    (await two.get(['ada', 'bob'])).map(({ state }) => state),
    ['offline', 'online'],
  )
})

test('an agent that goes from one server to another within ten seconds was never away', async () => {
  const { one, two, told, pass } = givenTwo()
  one.came('ada')
  await two.watch(['ada'], (presence) => told.push(presence))
  one.left('ada')
  await pass(9, one, two)
  two.came('ada')
  await pass(60, one, two)
  assert.deepEqual(told, [])
  two.left('ada')
  await pass(9, one, two)
  assert.deepEqual(told, [])
  await pass(2, one, two)
  assert.deepEqual(told, [{ agent: 'ada', state: 'offline', busy: false }])
})

test('on whichever server an agent acts, it is not idle', async () => {
  const { one, two, told, changes, pass, now } = givenTwo()
  one.came('ada')
  await one.watch(['ada'], (presence) => told.push(presence))
  const began = now()
  await pass(298, one, two)
  assert.deepEqual(changes(), [])
  await pass(3, one, two)
  assert.deepEqual(changes(), [['idle', began + 300_000]])
  await pass(60, one, two)
  two.acted('ada')
  await pass(1, one, two)
  assert.deepEqual(changes(), [['online', now() - 1_000]])
  await pass(200, one, two)
  two.acted('ada')
  await pass(200, one, two)
  assert.deepEqual(changes(), [])
})

test('if everything that servers coordinate with is forgotten, agents are there again after the next renewal', async () => {
  const { one, two, attending, changes, told, pass, now } = givenTwo()
  one.came('ada')
  await pass(20, one, two)
  await two.watch(['ada'], (presence) => told.push(presence))
  const before = await two.get(['ada'])
  await attending.forget('ada')
  await pass(16, one, two)
  assert.deepEqual(
    changes().map(([state]) => state),
    ['offline', 'online'],
  )
  assert.deepEqual(await two.get(['ada']), before)
  assert.ok(before[0]!.since! < now() - 30_000)
})

test('who watches no more is told no more', async () => {
  const { one, told, pass } = givenTwo()
  const end = await one.watch(['ada', 'ada', 'bob'], (presence) => told.push(presence))
  await one.watch(['ada'], () => {})
  one.came('ada')
  await pass(1, one)
  assert.equal(told.length, 1)
  end()
  one.came('bob')
  one.left('ada')
  await pass(20, one)
  assert.equal(told.length, 1)
})

test('an agent that acts all the time is noted twice a minute', async () => {
  const { one, attending, pass } = givenTwo()
  let notes = 0
  const { act } = attending
  attending.act = (...noted) => {
    notes++
    return act(...noted)
  }
  for (let n = 0; n < 60; n++) {
    one.acted('ada')
    one.acted('ada')
    await pass(1, one)
  }
  assert.equal(notes, 2)
})

test('what an agent said while it was erased does not stay', async () => {
  const { one: presences, attending, now } = givenTwo()
  const agents = { isCurrent: async () => false }
  const ada = { id: 'ada', did: 'did:key:x', keyVersion: 1 }
  await assert.rejects(setPresence({ attending, presences, agents, now }, ada, { status: 'a secret' }), {
    code: 'key_revoked',
  })
  assert.deepEqual(await presences.get(['ada']), [{ agent: 'ada', state: 'offline', busy: false }])
})
