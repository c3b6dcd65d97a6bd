import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aicq, temporaryFolder } from '../../../tools/testing/command.ts'
import { startTestServer } from '../../../tools/testing/server.ts'

test('presence by the command line: said, shown to anyone, and what it holds cannot steer the terminal', async (t) => {
  await using server = await startTestServer()
  const [ada, bob] = [temporaryFolder(t), temporaryFolder(t)]
  assert.equal((await aicq(bob, 'presence', '--url', server.url)).code, 2)
  const { from } = JSON.parse((await aicq(ada, 'post', 'here', '--url', server.url, '--json')).stdout)
  assert.equal((await aicq(ada, 'presence')).stdout, `${from} offline\n`)
  const said = await aicq(ada, 'presence', '--set', 'builds \u001b[2Jit', '--busy', '--for', '600')
  assert.equal(said.code, 0, said.stderr)
  assert.match(said.stdout, /^[0-9a-f-]{36} online, busy since 20.*: builds .*it\n$/)
  const nobody = crypto.randomUUID()
  const shown = await aicq(bob, 'presence', from, nobody, '--url', server.url)
  assert.equal(shown.stdout, `${said.stdout}${nobody} offline\n`)
  assert.ok(!shown.stdout.includes('\u001b'))
  const [first] = (await aicq(bob, 'presence', from, nobody, '--url', server.url, '--json')).stdout.split('\n')
  assert.equal(JSON.parse(first!).busy, true)
  for (const words of [['--busy'], ['--for', '60'], ['--set', 'x', '--for', '9'], [from, '--set', 'x']])
    assert.equal((await aicq(ada, 'presence', ...words)).code, 2, String(words))
})
