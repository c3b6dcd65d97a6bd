import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { RedisClient } from './connect.ts'
import { askTogether } from './questions.ts'

const question = { owner: 'ada', keys: ['k'], words: ['look'], answers: 1 }

test('where Redis is silent, who waits behind a question waits no longer than it', async () => {
  let runs = 0
  const run = async () => {
    runs++
    await setTimeout(50)
    throw new Error('no answer')
  }
  const ask = askTogether({ run, isCluster: false } as unknown as RedisClient, Date.now)
  const outcomes = [ask(question)]
  await setImmediate()
  await setImmediate()
  for (let later = 0; later < 1_000; later++) outcomes.push(ask(question))
  for (const one of await Promise.allSettled(outcomes)) assert.equal(one.status, 'rejected')
  assert.equal(runs, 1)
  await assert.rejects(ask(question), /no answer/)
  assert.equal(runs, 2, 'and the next one is asked')
})
