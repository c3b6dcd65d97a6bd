import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killRound } from './kill.ts'

for (const [round, after] of [100, 250, 400].entries()) {
  test(`nothing acknowledged is lost when the server is killed (${round + 1} of 3)`, async () => {
    assert.ok((await killRound('server', after)) >= after)
  })
  test(`nothing acknowledged is lost when PostgreSQL is killed with it (${round + 1} of 3)`, async () => {
    assert.ok((await killRound('postgresql too', after)) >= after)
  })
}
