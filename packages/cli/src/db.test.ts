import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../../../tools/testing/command.ts'
import { serve } from '../../../tools/testing/served.ts'

const main = join(import.meta.dirname, 'main.js')

test('aicq db copies, moves and checks what is in DATA_DIR, and says what it did', async (t) => {
  const folder = temporaryFolder(t)
  const [backup, file] = [join(folder, 'backup'), join(folder, 'export')]
  const db = (dataDir: string, ...words: string[]) => {
    const env = { PATH: process.env.PATH, DATA_DIR: join(folder, dataDir) }
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'db', ...words], { env, encoding: 'utf8' })
    return { status, said: stdout + stderr }
  }
  const unused = db('data', 'check')
  assert.equal(unused.status, 1)
  assert.match(unused.said, /start the server once/)
  await (await serve(join(folder, 'data')))[Symbol.asyncDispose]()

  const checked = db('data', 'check', '--json')
  assert.equal(checked.status, 0, checked.said)
  assert.equal(JSON.parse(checked.said).whole, true)
  assert.match(db('data', 'backup', backup).said, /^✔ backed up to .*backup: [\d.]+ MB, the state of 20/)
  assert.match(db('data', 'export', file).said, /^✔ exported \d+ rows to .*export\n/)
  assert.match(
    db('restored', 'restore', backup).said,
    /^✔ restored the state of 20\S+ into .*restored: start the server/,
  )
  const refused = db('moved', 'import', file)
  assert.deepEqual([refused.status, /another INSTANCE_SECRET/.test(refused.said)], [1, true])
})

test('aicq db says how it is used', () => {
  for (const words of [[], ['melt'], ['backup'], ['check', 'twice']]) {
    const { status, stderr } = spawnSync(process.execPath, [main, 'db', ...words], { encoding: 'utf8' })
    assert.equal(status, 2)
    assert.match(stderr, /usage: aicq db backup FOLDER/)
  }
})
