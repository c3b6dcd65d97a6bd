import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { csvLine, verifyAudit } from '../index.ts'

const { key, cases } = JSON.parse(readFileSync(new URL('../../../../spec/vectors/audit.json', import.meta.url), 'utf8'))

const later = Date.UTC(2040, 0)

test('each audit of the vectors holds, or the first bad entry is named', async () => {
  for (const { name, entries, checkpoints, fault } of cases) {
    const found = (await verifyAudit(entries, checkpoints, [key], later)).fault
    assert.deepEqual(found ? { position: found.position, kind: found.kind } : null, fault, name)
  }
})

test('an audit that begins late is taken only if what is gone was a year old, whatever a young checkpoint says', async () => {
  const pruned = cases.find(({ entries }: { entries: { position: number }[] }) => entries[0]!.position > 1)
  const { entries, checkpoints } = pruned
  const beginning = checkpoints.find(({ count }: { count: number }) => count === entries[0].position - 1)
  const year = 365 * 86_400_000
  const young = (await verifyAudit(entries, checkpoints, [key], beginning.at + year - 1)).fault
  assert.deepEqual([young?.position, young?.kind], [1, 'missing'])
  assert.equal((await verifyAudit(entries, checkpoints, [key], beginning.at + year)).fault, undefined)
})

test('a line of CSV says the same in every spreadsheet', () => {
  assert.equal(csvLine(['a', 1, undefined, null, { a: 1 }]), 'a,1,,,"{""a"":1}"')
  assert.equal(csvLine(['=1+1', '@x', '+1', '-1', '\tx', -1]), "'=1+1,'@x,'+1,'-1,'\tx,-1")
  assert.equal(csvLine(['a,b', 'say "x"', 'two\nlines', '=a,b']), '"a,b","say ""x""","two\nlines","\'=a,b"')
})
