import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { csvLine, verifyAudit } from '../index.ts'

const { key, cases } = JSON.parse(readFileSync(new URL('../../../../spec/vectors/audit.json', import.meta.url), 'utf8'))

test('each audit of the vectors holds, or the first bad entry is named', async () => {
  for (const { name, entries, checkpoints, fault } of cases) {
    const found = (await verifyAudit(entries, checkpoints, [key])).fault
    assert.deepEqual(found ? { position: found.position, kind: found.kind } : null, fault, name)
  }
})

test('a line of CSV says the same in every spreadsheet', () => {
  assert.equal(csvLine(['a', 1, undefined, null, { a: 1 }]), 'a,1,,,"{""a"":1}"')
  assert.equal(csvLine(['=1+1', '@x', '+1', '-1', '\tx', -1]), "'=1+1,'@x,'+1,'-1,'\tx,-1")
  assert.equal(csvLine(['a,b', 'say "x"', 'two\nlines', '=a,b']), '"a,b","say ""x""","two\nlines","\'=a,b"')
})
