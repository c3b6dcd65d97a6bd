import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Damping } from './damping.ts'
import type { Standing } from './state.ts'

const standing = (state: 'online' | 'offline', status?: string, until = Infinity): Standing => ({
  presence: { agent: 'ada', state, busy: false, ...(status && { status }) },
  until,
})

test('a change is told at once, and what follows within five seconds once, at their end', () => {
  const damping = new Damping(standing('offline'))
  assert.equal(damping.look(standing('online'), 1_000), true)
  for (const at of [1_001, 2_000, 5_999]) assert.equal(damping.look(standing('online', `${at}`), at), false)
  assert.equal(damping.due, 6_000)
  assert.equal(damping.look(standing('online', '5999'), 6_000), true)
  assert.equal(damping.look(standing('offline'), 6_001), false)
  assert.equal(damping.look(standing('offline'), 11_000), true)
})

test('an agent that flaps for a minute is told of thirteen times at most, and once more at the end of the interval though all is as it was told', () => {
  const damping = new Damping(standing('offline'))
  let told = 0
  for (let at = 0; at < 60_000; at += 10) if (damping.look(standing(at % 20 ? 'offline' : 'online'), at)) told++
  assert.ok(told > 5 && told <= 13, `${told}`)
  const quiet = new Damping(standing('offline'))
  quiet.look(standing('online'), 0)
  quiet.look(standing('offline'), 10)
  quiet.look(standing('online'), 20)
  const { presence, until } = standing('online')
  assert.equal(quiet.look({ presence: { ...presence, since: 20 }, until }, 5_000), true)
  assert.equal(quiet.look({ presence: { ...presence, since: 30 }, until }, 10_000), false)
})

test('it is looked at again when time alone may change it, or the five seconds are over', () => {
  const damping = new Damping(standing('offline', undefined, 7_000))
  assert.equal(damping.due, 7_000)
  damping.look(standing('online', undefined, 40_000), 100)
  assert.equal(damping.due, 40_000)
  damping.look(standing('online', 'here', 3_000), 200)
  assert.equal(damping.due, 3_000)
  damping.look(standing('online', 'here', 9_000), 300)
  assert.equal(damping.due, 5_100)
})

test('a clock that was put back holds nothing up', () => {
  const damping = new Damping(standing('offline'))
  damping.look(standing('online'), 3_600_000)
  assert.equal(damping.look(standing('offline'), 10), true)
})
