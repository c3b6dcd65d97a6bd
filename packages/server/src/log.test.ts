import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startNodes } from '../../../tools/testing/nodes.ts'
import { openLogger } from './log.ts'

const secret = 'nobody may read this'

test('an error of PostgreSQL is logged by its code and place, without the values that it quotes', async () => {
  await using nodes = await startNodes()
  const lines: string[] = []
  const log = openLogger('info', { write: (line) => lines.push(line) })
  for (const [sql, values] of [
    ['select $1::uuid', [secret]],
    ['insert into followers (name) values ($1), ($1)', [secret]],
  ] as const) {
    const err = await nodes.one.query(sql, values).catch((cause: unknown) => cause)
    assert.ok(err instanceof Error && JSON.stringify({ ...err, message: err.message }).includes(secret))
    log.error({ err }, 'it failed')
  }
  const logged = lines.map((line) => JSON.parse(line).err)
  assert.deepEqual(
    logged.map(({ sqlstate }) => sqlstate),
    ['22P02', '23505'],
  )
  assert.equal(logged[1].constraint, 'followers_pkey')
  assert.ok(!lines.join().includes(secret))
})

test('other errors are logged with their message and where they came from', () => {
  const lines: string[] = []
  openLogger('info', { write: (line) => lines.push(line) }).error({ err: new RangeError('too far') }, 'it failed')
  const { err } = JSON.parse(lines[0]!)
  assert.equal(err.type, 'RangeError')
  assert.equal(err.message, 'too far')
  assert.match(err.stack[0], /log\.test\.ts/)
})
