import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startNodes } from '../../../../tools/testing/nodes.ts'
import { dropExpiredExchanges } from '../keyexchange/keyexchange.sql.ts'
import { dropExpired } from './prekeys.sql.ts'

test('prekeys, takes and key exchanges that have expired leave the database, and the others stay', async () => {
  await using nodes = await startNodes()
  const { author } = nodes.draft()
  for (const ends of [1_000, 2_000]) {
    await nodes.ask(`insert into prekeys values ($1, gen_random_uuid(), 'x', 'one-time', 1, 'key', 1, $2, 'sig')`, [
      author,
      ends,
    ])
    await nodes.ask('insert into prekey_takes values ($1, gen_random_uuid(), $1, $2)', [author, ends])
    await nodes.ask(`insert into key_exchanges values (gen_random_uuid(), $1, 1, $1, 'session', 'key', 1, $2, 'sig')`, [
      author,
      ends,
    ])
  }
  await dropExpired(nodes.one, 1_000)
  await dropExpiredExchanges(nodes.one, 1_000)
  const left = await nodes.ask(
    'select expires from prekeys union all select until from prekey_takes union all select expires from key_exchanges',
  )
  assert.deepEqual(
    left.map(({ expires }) => Number(expires)),
    [2_000, 2_000, 2_000],
  )
})
