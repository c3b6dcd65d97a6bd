import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { closeCodes } from './index.ts'

test('the close codes of spec/realtime.md are those of the protocol', () => {
  const page = readFileSync(new URL('../../../spec/realtime.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| (\d{4}) \| `(\w+)` \| (\w+) \| (.+) \|$/gm)]
  assert.deepEqual(
    rows.map(([, code, name, comeBack, means]) => [Number(code), { name, comeBack, means }]),
    Object.entries(closeCodes).map(([code, entry]) => [Number(code), entry]),
  )
})
