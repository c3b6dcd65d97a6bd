import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, type TestContext, test } from 'node:test'
import { fish, installShells, zsh } from '../../../tools/services/shells.ts'
import { temporaryFolder } from '../../../tools/testing/command.ts'

before(installShells)

const main = join(import.meta.dirname, 'main.js')

/** What a shell answers to a program of its own language, where `aicq` is the command line of this tree. */
function shell(t: TestContext, program: string, text: string): string {
  const folder = temporaryFolder(t)
  writeFileSync(join(folder, 'aicq'), `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`)
  chmodSync(join(folder, 'aicq'), 0o755)
  const env = { PATH: `${folder}:${process.env.PATH}`, HOME: folder, AICQ_HOME: join(folder, 'none') }
  const { stdout, stderr, status } = spawnSync(program, ['-c', text], { env, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  return stdout
}
const words = (text: string) => text.split(/\s+/).filter(Boolean).sort()

/** What somebody has typed, and what completes the last word. */
const lines: [string[], string[]][] = [
  [['rea'], ['read']],
  [['dm', 'read', '--pe'], ['--peer']],
  [
    ['dm', ''],
    ['delete', 'read', 'send'],
  ],
  [
    ['keys', 're'],
    ['recovery', 'revoke'],
  ],
  [['help', 'wat'], ['watch']],
]

for (const [typed, expected] of lines)
  test(`bash completes aicq ${typed.join(' ')}`, (t) => {
    const given = ['aicq', ...typed].map((word) => `'${word}'`).join(' ')
    const script = `eval "$(aicq completion bash)"; COMP_WORDS=(${given}); COMP_CWORD=${typed.length}; _aicq; echo "\${COMPREPLY[@]}"`
    assert.deepEqual(words(shell(t, 'bash', script)), expected)
  })

test('zsh completes as bash does', (t) => {
  for (const [typed, expected] of lines) {
    const given = ['aicq', ...typed].map((word) => `'${word}'`).join(' ')
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is of zsh
    const known = 'compdef() { :; }; compadd() { shift; print -l -- ${(PM)1:#${words[CURRENT]}*}; }'
    const script = `${known}; words=(${given}); CURRENT=${typed.length + 1}; eval "$(aicq completion zsh)"; _aicq`
    assert.deepEqual(words(shell(t, zsh, script)), expected)
  }
})

test('fish completes as bash does', (t) => {
  for (const [typed, expected] of lines) {
    const script = `aicq completion fish | source; complete -C 'aicq ${typed.join(' ')}'`
    assert.deepEqual(words(shell(t, fish, script)), expected)
  }
})
