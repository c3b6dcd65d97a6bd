import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Attending, Held } from './coordination.ts'

const start = 1_790_000_040_000

/** What every way to know who is there must do. `open` makes an empty one, whose clock (ms) is `now`. */
export function attendingContract(name: string, open: (now: () => number) => Promise<Attending>): void {
  const given = async (run: (attending: Attending, clock: { now: number }, hints: string[]) => Promise<void>) => {
    const clock = { now: start }
    const attending = await open(() => clock.now)
    const hints: string[] = []
    // hints of other tests may still be on their way
    attending.onAttendance((agents) => hints.push(...agents.filter((agent) => agent === 'carl' || agent === 'dora')))
    await run(attending, clock, hints)
  }
  const held = (agent: string, at = start): Held => ({ agent, since: at, acted: at })
  const until = async (attending: Attending, agent: string) => (await attending.attendances([agent]))[0]?.until

  test(`${name}: an agent is there until the last of those who answer for it do so no more`, () =>
    given(async (attending, clock) => {
      await attending.hold('one', [held('ada'), held('bob')], start + 10)
      await attending.hold('two', [held('ada', start + 5)], start + 20)
      assert.deepEqual(await attending.attendances(['ada', 'eve']), [
        { agent: 'ada', since: start, acted: start, busy: false, until: start + 20 },
      ])
      clock.now = start + 10
      assert.equal(await until(attending, 'bob'), undefined)
      clock.now = start + 19
      assert.equal(await until(attending, 'ada'), start + 20)
      clock.now = start + 20
      assert.equal(await until(attending, 'ada'), undefined)
    }))

  test(`${name}: whoever lets an agent go shortens its own answer alone, and lengthens none`, () =>
    given(async (attending) => {
      await attending.hold('one', [held('ada')], start + 40)
      await attending.hold('two', [held('ada')], start + 30)
      await attending.release('one', 'ada', start + 10)
      assert.equal(await until(attending, 'ada'), start + 30)
      await attending.release('two', 'ada', start + 10)
      await attending.release('one', 'ada', start + 20)
      await attending.release('three', 'ada', start + 90)
      assert.equal(await until(attending, 'ada'), start + 10)
      await attending.release('one', 'bob', start + 10)
      assert.equal(await until(attending, 'bob'), undefined)
    }))

  test(`${name}: what an agent says stays while it is there, and not a moment longer`, () =>
    given(async (attending, clock) => {
      await attending.say('ada', { status: 'early', busy: true })
      await attending.hold('one', [held('ada')], start + 10)
      assert.equal((await attending.attendances(['ada']))[0]?.status, undefined)
      await attending.say('ada', { status: 'here', busy: true })
      await attending.hold('two', [held('ada')], start + 20)
      clock.now = start + 15
      const [ada] = await attending.attendances(['ada'])
      assert.deepEqual([ada?.status, ada?.busy], ['here', true])
      clock.now = start + 20
      await attending.hold('one', [held('ada', start + 20)], start + 30)
      const [back] = await attending.attendances(['ada'])
      assert.deepEqual([back?.status, back?.busy, back?.since], [undefined, false, start + 20])
      await attending.forget('ada')
      assert.deepEqual(await attending.attendances(['ada']), [])
    }))

  test(`${name}: an agent that had done nothing for long is back since it acts`, () =>
    given(async (attending) => {
      const acted = async () => {
        const [ada] = await attending.attendances(['ada'])
        return [ada?.since, ada?.acted]
      }
      await attending.act('ada', start, 100)
      await attending.hold('one', [held('ada')], start + 1_000)
      await attending.act('ada', start + 99, 100)
      assert.deepEqual(await acted(), [start, start + 99])
      await attending.act('ada', start + 50, 100)
      await attending.act('ada', start + 199, 100)
      assert.deepEqual(await acted(), [start + 199, start + 199])
    }))

  test(`${name}: hints come for what changes, and not for what goes on`, () =>
    given(async (attending, _, hints) => {
      // hints may take their time: one too many is found by the next check
      const told = async (...expected: string[]) => {
        for (let n = 0; hints.length < expected.length && n < 3_000; n++) await sleep(10)
        assert.deepEqual(hints.splice(0).sort(), expected)
      }
      await attending.hold('one', [held('carl'), held('dora')], start + 10)
      await told('carl', 'dora')
      await attending.hold('one', [held('carl'), held('dora')], start + 20)
      await attending.act('carl', start + 5, 100)
      await attending.hold('one', [held('dora')], start + 15)
      await told('dora')
      await attending.say('carl', { busy: true })
      await told('carl')
      await attending.act('carl', start + 105, 100)
      await told('carl')
      await attending.release('one', 'carl', start + 12)
      await told('carl')
      await attending.forget('carl')
      await told('carl')
    }))
}
