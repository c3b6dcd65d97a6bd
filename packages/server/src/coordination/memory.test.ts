import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attendingContract } from './attending-contract.ts'
import { countingContract } from './contract.ts'
import { memoryCoordination } from './memory.ts'

countingContract('memory', async (now) => memoryCoordination(now))
attendingContract('memory', async (now) => memoryCoordination(now))

test('a clock that goes back gives nothing back', async () => {
  let now = 1_790_000_040_000
  const { take } = memoryCoordination(() => now)
  const one = { of: 'o', key: 'k', max: 1, window: 60, cost: 1 }
  await take([one])
  now -= 600_000
  assert.equal((await take([one]))[0]?.enough, false)
})
