import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { startRedis } from '../../../../../tools/services/redis.ts'
import { openRedis, type RedisClient } from './connect.ts'
import { askTogether } from './questions.ts'

const question = { owner: 'ada', keys: ['k'], words: ['look'], answers: 1 }

/** A Redis of which each run fails when it is told to. */
function failing() {
  const runs: ((cause: Error) => void)[] = []
  const run = () => new Promise((_, reject) => runs.push(reject))
  return { runs, ask: askTogether({ run, isCluster: false } as unknown as RedisClient, Date.now) }
}

/** Asks one question, and many while it is under way. */
async function askMany({ ask }: ReturnType<typeof failing>) {
  const first = ask(question)
  await setImmediate()
  await setImmediate()
  return [first, ...Array.from({ length: 150 }, () => ask(question))]
}

test('where Redis is silent, who waits behind a question waits no longer than it', async () => {
  const redis = failing()
  const outcomes = Promise.allSettled(await askMany(redis))
  redis.runs[0]!(new Error('Command timed out'))
  for (const { status } of await outcomes) assert.equal(status, 'rejected')
  assert.equal(redis.runs.length, 1)
  const next = redis.ask(question)
  await setImmediate()
  await setImmediate()
  assert.equal(redis.runs.length, 2, 'and the next one is asked')
  redis.runs[1]!(new Error('Command timed out'))
  await assert.rejects(next)
})

test('what Redis refuses fails those it concerns, and who waits behind is asked about', async () => {
  const redis = failing()
  const [first, ...others] = await askMany(redis)
  redis.runs[0]!(new Error('WRONGTYPE'))
  await assert.rejects(first!, /WRONGTYPE/)
  await setImmediate()
  assert.equal(redis.runs.length, 2)
  const outcomes = Promise.allSettled(others)
  redis.runs[1]!(new Error('READONLY'))
  for (const one of await outcomes) assert.match(String((one as PromiseRejectedResult).reason), /READONLY/)
})

test('a Redis that is stopped is silent', async () => {
  await using server = await startRedis()
  await using redis = openRedis([server.url], () => {})
  while (!(await redis.ping().catch(() => undefined))) await setImmediate()
  process.kill(server.pid, 'SIGSTOP')
  const ask = askTogether(redis, Date.now)
  await assert.rejects(ask({ ...question, words: ['look', 0] }), { message: 'Command timed out' })
})
