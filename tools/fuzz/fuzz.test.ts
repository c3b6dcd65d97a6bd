import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { administered } from '../testing/server.ts'
import { campaign, summary } from './campaign.ts'

test('five hundred hostile requests to each operation get an answer of the table, and harm nobody', async () => {
  const { server, admin } = await administered()
  await using _ = server
  const result = await campaign(server.url, admin, 500, String(randomInt(1_000_000_000)))
  console.log(`fuzz: seed ${result.seed}`)
  assert.ok(result.faults.length + result.harmed.length + result.unreached.length === 0, summary(result))
})
