import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Nodes, startNodes } from '../../../../tools/testing/nodes.ts'
import { type Follower, follow, step } from './follow.ts'

/** A follower that remembers the positions of what it was given in the transaction that moves its cursor. */
async function addFollower({ ask }: Nodes, before: (positions: number[]) => Promise<void> = async () => {}) {
  await ask(`insert into followers (name) values ('test')`)
  await ask('create table seen (pos bigint)')
  await ask('grant all on seen to aicq_server')
  const follower: Follower = {
    name: 'test',
    async act(tx, events) {
      const positions = events.map(({ pos }) => pos)
      await tx.query('insert into seen select unnest($1::bigint[])', [positions])
      await before(positions)
    },
  }
  const seen = async () => (await ask<{ pos: number }>('select pos from seen order by pos')).map(({ pos }) => pos)
  return { follower, seen }
}

/** Posts `count` messages; the first brings a membership with it. */
async function post({ node, one, draft }: Nodes, count: number): Promise<void> {
  const append = node(one)
  await Promise.all(Array.from({ length: count }, () => append(draft())))
}

const upTo = (most: number) => Array.from({ length: most }, (_, at) => at + 1)
const never = () => () => {}
const unexpected = (cause: unknown) => assert.fail(String(cause))

test('a follower sees every event once, across an end and a new start, though no hint ever comes', async () => {
  await using nodes = await startNodes()
  const { follower, seen } = await addFollower(nodes)
  for (const end of [21, 41]) {
    const stop = new AbortController()
    const running = follow(nodes.one, follower, never, unexpected, stop.signal)
    await post(nodes, 20)
    while ((await seen()).length < end) await sleep(20)
    stop.abort()
    await running
  }
  assert.deepEqual(await seen(), upTo(41))
})

test('a hint makes a follower look at once', async () => {
  await using nodes = await startNodes()
  const { follower, seen } = await addFollower(nodes)
  const stop = new AbortController()
  const wakes = new Set<() => void>()
  const onWake = (run: () => void) => {
    wakes.add(run)
    return () => wakes.delete(run)
  }
  const running = follow(nodes.one, follower, onWake, unexpected, stop.signal)
  let quickest = Number.POSITIVE_INFINITY
  for (let round = 1; round <= 40 && quickest >= 500; round++) {
    const began = performance.now()
    await post(nodes, 1)
    while ((await seen()).length < round + 1) {
      for (const wake of wakes) wake()
      await sleep(5)
    }
    // the first is seen as it begins
    if (round > 1) quickest = Math.min(quickest, performance.now() - began)
  }
  stop.abort()
  await running
  assert.equal(wakes.size, 0)
  assert.ok(quickest < 500, `without hints it looks once a second, and it needed ${quickest} ms`)
})

test('what fails leaves nothing of itself, is reported, and is tried again', async () => {
  await using nodes = await startNodes()
  let failures = 2
  const { follower, seen } = await addFollower(nodes, async () => {
    if (failures-- > 0) throw new RangeError('not yet')
  })
  await post(nodes, 5)
  const reported: unknown[] = []
  const stop = new AbortController()
  const running = follow(nodes.one, follower, never, (cause) => reported.push(cause), stop.signal)
  while ((await seen()).length === 0) await sleep(20)
  stop.abort()
  await running
  assert.deepEqual(await seen(), upTo(6))
  assert.deepEqual(
    reported.map((cause) => (cause as Error).message),
    ['not yet', 'not yet'],
  )
})

test('of two servers that follow under one name, one acts at a time, and each event is seen once', async () => {
  await using nodes = await startNodes()
  const entered = Promise.withResolvers<void>()
  const leave = Promise.withResolvers<void>()
  const { follower, seen } = await addFollower(nodes, async () => {
    entered.resolve()
    await leave.promise
  })
  await post(nodes, 5)
  const first = step(nodes.one, follower)
  await entered.promise
  assert.equal(await step(nodes.two, follower), false) // while the first still acts
  leave.resolve()
  await first
  await step(nodes.two, follower)
  assert.deepEqual(await seen(), upTo(6))
})
