import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Kept } from '../index.ts'
import { fileDmStore } from './index.ts'

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'aicq-dms-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'dms')
}

const read = (folder: string, name: string) => fileDmStore(folder).exclusively((kept) => kept.read(name))

test('what was written the next program reads, erased texts are gone, and only the owner may look', async (t) => {
  const folder = newFolder(t)
  await fileDmStore(folder).exclusively(async (kept) => {
    await kept.write({ one: '1', two: 'zwei ✓', three: '3' })
    await kept.write({ one: 'more', three: undefined, never: undefined })
  })
  await fileDmStore(folder).exclusively(async (kept) => {
    assert.deepEqual(
      [await kept.read('one'), await kept.read('two'), await kept.read('three')],
      ['more', 'zwei ✓', undefined],
    )
    assert.deepEqual((await kept.names()).toSorted(), ['one', 'two'])
  })
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  const files = readdirSync(folder).filter((name) => name !== 'lock')
  assert.deepEqual(files.toSorted(), ['one.json', 'two.json'])
  for (const name of files) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600)
})

test('names that could lead out of the folder are refused, and nothing is written', async (t) => {
  const folder = newFolder(t)
  await fileDmStore(folder).exclusively(async (kept) => {
    for (const name of ['../x', 'a/b', '', '.', 'a.json', 'x'.repeat(101)]) {
      await assert.rejects(kept.write({ good: '1', [name]: '1' }), RangeError)
      await assert.rejects(async () => kept.read(name), RangeError)
    }
    assert.deepEqual(await kept.names(), [])
  })
})

test('what a crash interrupted is finished by whoever comes next; what was not begun for good is not', async (t) => {
  const folder = newFolder(t)
  await fileDmStore(folder).exclusively((kept) => kept.write({ session: 'old', prekey: 'secret' }))
  writeFileSync(join(folder, 'journal.new'), '[["session","ha')
  assert.equal(await read(folder, 'session'), 'old')
  writeFileSync(
    join(folder, 'journal'),
    JSON.stringify([
      ['session', 'new'],
      ['prekey', null],
    ]),
  )
  assert.deepEqual([await read(folder, 'session'), await read(folder, 'prekey')], ['new', undefined])
})

test('programs that use one folder take turns', async (t) => {
  const folder = newFolder(t)
  const add = async (kept: Kept) => kept.write({ count: String(Number((await kept.read('count')) ?? 0) + 1) })
  const stores = Array.from({ length: 4 }, () => fileDmStore(folder))
  await Promise.all(stores.flatMap((store) => Array.from({ length: 3 }, () => store.exclusively(add))))
  assert.equal(await read(folder, 'count'), '12')
})

test('nobody gets a turn while another process has it, and the turn of a killed one ends with it', async (t) => {
  const folder = newFolder(t)
  const script = `
    const { fileDmStore } = await import(${JSON.stringify(import.meta.resolve('./index.ts'))})
    await fileDmStore(${JSON.stringify(folder)}).exclusively(async (kept) => {
      await kept.write({ said: 'by the child' })
      process.stdout.write('mine')
      await new Promise((resolve) => setTimeout(resolve, 60_000))
    })`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  let killed = false
  const turns = Array.from({ length: 3 }, () =>
    fileDmStore(folder).exclusively(async (kept) => {
      assert.ok(killed)
      assert.equal(await kept.read('said'), 'by the child')
    }),
  )
  await new Promise((resolve) => setTimeout(resolve, 100))
  killed = true
  child.kill('SIGKILL')
  await Promise.all(turns)
})
