import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { doWork, isWorkDone } from '../index.ts'

/** The leading zero bits of a hash, by another way than the code's. */
const zeros = (text: string) =>
  /^0*/.exec(
    [...createHash('sha256').update(text).digest()].map((byte) => byte.toString(2).padStart(8, '0')).join(''),
  )![0].length

test('a solution is found, and it has the bits that were asked for', async () => {
  for (const bits of [0, 1, 7, 8, 9, 13]) {
    const order = { bits, challenge: `a challenge of ${bits}` }
    const solution = await doWork(order)
    assert.ok(zeros(`aicq:pow:1:${order.challenge}:${solution}`) >= bits)
  }
})

test('work is done exactly where there are enough zero bits', () => {
  for (let n = 0; n < 2_000; n++) {
    const found = zeros(`aicq:pow:1:c:${n}`)
    assert.equal(isWorkDone({ bits: found, challenge: 'c' }, String(n)), true)
    assert.equal(isWorkDone({ bits: found + 1, challenge: 'c' }, String(n)), false)
  }
})

test('the vectors are solved by the same number, and judged alike', async () => {
  const file = new URL('../../../../spec/vectors/work.json', import.meta.url)
  const { orders, solutions } = JSON.parse(readFileSync(file, 'utf8'))
  for (const { first, ...order } of orders) assert.equal(await doWork(order), first)
  for (const { expect, solution, ...order } of solutions)
    assert.equal(isWorkDone(order, solution), expect === 'accepted', `${solution} of ${order.bits}`)
  assert.ok(orders.length > 5 && solutions.length > 20)
})

test('whoever waits is told how far it is, and other work goes on', async () => {
  const told: number[] = []
  let others = 0
  const other = setInterval(() => others++)
  await doWork({ bits: 17, challenge: 'long' }, (attempts) => told.push(attempts))
  clearInterval(other)
  assert.ok(told.length > 0 && others > 0)
  assert.deepEqual(
    told,
    [...told].sort((a, b) => a - b),
  )
})

test('work without end is not begun', async () => {
  for (const bits of [31, 256, Number.POSITIVE_INFINITY, Number.NaN])
    await assert.rejects(doWork({ bits, challenge: 'c' }), RangeError)
})
