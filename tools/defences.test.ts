import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const root = join(import.meta.dirname, '..')
const page = readFileSync(join(root, 'docs/defences.md'), 'utf8')
const rows = [...page.matchAll(/^\| (.+) \| (.+) \|$/gm)].slice(2)

/** Whether the file has a test of exactly this name. */
function hasTest(file: string, name: string): boolean {
  if (!existsSync(join(root, file))) return false
  const text = readFileSync(join(root, file), 'utf8')
  return [`'${name}'`, `"${name}"`].some((quoted) => text.includes(`\ntest(${quoted}, `))
}

test('each defence of docs/defences.md names a test that exists, or what it comes with', () => {
  assert.ok(rows.length > 30)
  for (const [, defence, shownBy] of rows) {
    if (shownBy!.startsWith('later, with ')) continue
    for (const one of shownBy!.split('<br>')) {
      const [, file, name] = /^`([^`]+\.test\.ts)`: “([^”]+)”$/.exec(one) ?? []
      assert.ok(file && name && hasTest(file, name), `${defence}: ${one}`)
    }
  }
})
