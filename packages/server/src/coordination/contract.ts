import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Ask, Counting } from './coordination.ts'

const second = 1_000
/** A time at which a step of a minute begins. */
const start = 1_790_000_040_000

/** What every way to count must do. `open` makes an empty one, whose clock (ms) is `now`. */
export function countingContract(name: string, open: (now: () => number) => Promise<Counting>): void {
  const given = async (run: (counting: Counting, clock: { now: number }) => Promise<void>) => {
    const clock = { now: start }
    await run(await open(() => clock.now), clock)
  }
  const ask = (more: Partial<Ask> = {}): Ask => ({ of: 'o', key: 'k', max: 3, window: 60, cost: 1, ...more })
  const takeOne = async (counting: Counting, more?: Partial<Ask>) => (await counting.take([ask(more)]))[0]!

  test(`${name}: a budget gives max within its window, and says how long to wait for more`, () =>
    given(async (counting, clock) => {
      for (const used of [1, 2, 3])
        assert.deepEqual(await takeOne(counting), { enough: true, used, wait: 0, reset: 65 * second })
      clock.now += 2 * second
      assert.deepEqual(await takeOne(counting), { enough: false, used: 3, wait: 63 * second, reset: 63 * second })
      clock.now += 63 * second - 1
      assert.equal((await takeOne(counting)).enough, false)
      clock.now += 1
      assert.deepEqual(await takeOne(counting), { enough: true, used: 1, wait: 0, reset: 65 * second })
    }))

  test(`${name}: what was taken comes back bit by bit, as the window slides`, () =>
    given(async (counting, clock) => {
      for (const wait of [0, 20, 20]) {
        clock.now += wait * second
        await takeOne(counting)
      }
      clock.now = start + 64 * second
      const { enough, used, wait, reset } = await takeOne(counting)
      assert.deepEqual([enough, used, wait, reset], [false, 3, second, 41 * second])
      clock.now = start + 65 * second
      assert.equal((await takeOne(counting)).enough, true)
      assert.equal((await takeOne(counting)).enough, false)
      clock.now = start + 1_000 * second
      assert.equal((await takeOne(counting, { cost: 0 })).used, 0)
    }))

  test(`${name}: no window of any minute holds more than max, whenever things are asked for`, () =>
    given(async (counting, clock) => {
      const taken: number[] = []
      for (let n = 0; n < 2_000; n++) {
        clock.now += (n * 7919) % 1_733
        if ((await takeOne(counting, { max: 20 })).enough) taken.push(clock.now)
      }
      assert.ok(taken.length > 400, `${taken.length}`)
      for (const [at, time] of taken.entries()) assert.ok(at < 20 || time - taken[at - 20]! >= 60 * second, `${at}`)
    }))

  test(`${name}: of several budgets all are taken from or none`, () =>
    given(async (counting) => {
      const both = () => counting.take([ask({ key: 'calls' }), ask({ key: 'bytes', max: 100, cost: 60 })])
      assert.deepEqual(
        (await both()).map(({ used }) => used),
        [1, 60],
      )
      assert.deepEqual(
        (await both()).map(({ enough, used }) => [enough, used]),
        [
          [true, 1],
          [false, 60],
        ],
      )
      assert.equal((await takeOne(counting, { key: 'calls', cost: 0 })).used, 1)
    }))

  test(`${name}: what is given back can be taken again, and never more than was taken`, () =>
    given(async (counting, clock) => {
      await takeOne(counting, { cost: 2 })
      clock.now += 20 * second
      await takeOne(counting)
      assert.equal((await takeOne(counting, { cost: -2 })).used, 1)
      assert.equal((await takeOne(counting, { cost: -5 })).used, 0)
      assert.equal((await takeOne(counting, { cost: 3 })).enough, true)
      assert.equal((await takeOne(counting)).enough, false)
    }))

  test(`${name}: budgets of several owners can be looked at together, and are each their own`, () =>
    given(async (counting) => {
      await takeOne(counting, { of: 'ada', cost: 2 })
      await takeOne(counting, { of: 'bob', cost: 1 })
      const looks = await counting.take(['bob', 'ada', 'eve'].map((of) => ask({ of, cost: 0 })))
      assert.deepEqual(
        looks.map(({ used }) => used),
        [1, 2, 0],
      )
    }))

  test(`${name}: looking takes nothing, and keys do not know each other`, () =>
    given(async (counting) => {
      for (let n = 0; n < 5; n++) assert.equal((await takeOne(counting, { cost: 0 })).used, 0)
      await takeOne(counting, { cost: 3 })
      assert.equal((await takeOne(counting, { key: 'other', cost: 3 })).enough, true)
    }))

  test(`${name}: at once, a hundred asks get what there is and no more`, () =>
    given(async (counting) => {
      const answers = await Promise.all(Array.from({ length: 100 }, () => takeOne(counting, { max: 30 })))
      assert.equal(answers.filter(({ enough }) => enough).length, 30)
    }))

  test(`${name}: a block is kept for its address alone`, () =>
    given(async (counting) => {
      await counting.block('192.0.2.1', start + second)
      const until = async (of: string) => (await counting.enter({ of, key: 'k', max: 2, window: 60, cost: 1 })).until
      assert.equal(await until('192.0.2.1'), start + second)
      assert.equal(await until('192.0.2.2'), 0)
    }))

  test(`${name}: who enters takes from the budget as everybody does`, () =>
    given(async (counting) => {
      const ask = { of: '192.0.2.1', key: 'k', max: 2, window: 60, cost: 1 }
      const taken = [await counting.enter(ask), await counting.enter(ask), await counting.enter(ask)]
      assert.deepEqual(
        taken.map(({ taken: { enough, used } }) => [enough, used]),
        [
          [true, 1],
          [true, 2],
          [false, 2],
        ],
      )
      assert.deepEqual(
        (await counting.take([{ ...ask, cost: 0 }])).map(({ used }) => used),
        [2],
      )
    }))
}
