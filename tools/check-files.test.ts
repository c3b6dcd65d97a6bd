import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultsOf, faultsOfLock } from './check-files.ts'

test('a file that is too long, leaves a test out, or leaves something to do is found', () => {
  const faults = (file: string, text: string) => faultsOf(file, text).length
  assert.equal(faults('a.ts', 'x\n'.repeat(300)), 0)
  assert.equal(faults('a.ts', 'x\n'.repeat(301)), 1)
  assert.equal(faults('a.md', 'x\n'.repeat(301)), 0)
  for (const word of ['skip', 'todo', 'only']) assert.equal(faults('a.test.ts', `test.${word}('x')`), 1)
  assert.equal(faults('a.ts', `// ${'TO'}${'DO'}: later`), 1)
  assert.equal(faults('a.md', `see '${'/ho'}${'me'}/ada/notes'`), 1)
})

test('a lock file that names where packages came from is found', () => {
  assert.equal(faultsOfLock(`"resolved": "https://registry.example/x.tgz"`).length, 1)
  assert.equal(faultsOfLock(`"resolved": "packages/cli"`).length, 0)
})
