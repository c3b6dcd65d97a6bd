import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

test('npm ci runs when the lock file is new, not again while it stays, and with the parts for developers', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'aicq-install-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const script = 'tools/ensure-installed.mjs'
  cpSync(join(import.meta.dirname, 'ensure-installed.mjs'), join(root, script), { recursive: true })
  mkdirSync(join(root, 'bin'))
  // a stand-in for npm, since a real one would need the network: it notes its arguments and installs a Node
  const npm = `#!/bin/sh\necho "$NODE_ENV $*" >> "${root}/calls"\nmkdir -p node_modules/.bin\ntouch node_modules/.bin/node\n`
  writeFileSync(join(root, 'bin/npm'), npm)
  chmodSync(join(root, 'bin/npm'), 0o755)
  const environment = { PATH: `${join(root, 'bin')}:${process.env.PATH}`, NODE_ENV: 'production' }
  const run = (lock: string) => {
    writeFileSync(join(root, 'package-lock.json'), lock)
    const { status, stderr } = spawnSync(process.execPath, [script], { cwd: root, env: environment, encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    return readFileSync(join(root, 'calls'), 'utf8').trim().split('\n')
  }
  assert.deepEqual(run('{}').length, 1)
  assert.match(run('{}')[0]!, /^development ci --include=dev --include=optional/)
  assert.equal(run('{}').length, 1)
  assert.equal(run('{"changed": true}').length, 2)
})
