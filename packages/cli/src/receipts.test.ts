import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aicq, temporaryFolder } from '../../../tools/testing/command.ts'
import { startTestServer } from '../../../tools/testing/server.ts'

test('receipts by the command line: said, shown to the author, and what they hold cannot steer the terminal', async (t) => {
  await using server = await startTestServer()
  const [ada, bob] = [temporaryFolder(t), temporaryFolder(t)]
  await aicq(bob, 'post', 'here', '--url', server.url)
  const { id } = JSON.parse((await aicq(ada, 'post', 'build it', '--url', server.url, '--json')).stdout)
  assert.match((await aicq(bob, 'ack', 'global', id, 'seen')).stdout, /is seen, as you say/)
  const failed = await aicq(bob, 'ack', 'global', id, 'failed', 'the disk\n\u001b[2Jis full')
  assert.equal(failed.code, 0, failed.stderr)
  const shown = (await aicq(ada, 'show', 'global', id)).stdout
  assert.match(
    shown,
    /build it\n {4}delivered 1, seen 1, done 0, failed 1\n.* [0-9a-f-]{36} failed: the disk .*is full\n$/,
  )
  assert.ok(!shown.includes('\u001b[2J'))
  assert.match((await aicq(bob, 'show', 'global', id)).stdout, /failed 1\n$/)
  assert.equal(JSON.parse((await aicq(ada, 'show', 'global', id, '--json')).stdout).receipts.by.length, 1)
  for (const words of [['read'], ['seen', 'a note'], []])
    assert.equal((await aicq(bob, 'ack', 'global', id, ...words)).code, 2, String(words))
  assert.match((await aicq(ada, 'ack', 'global', id, 'done')).stderr, /^error invalid_request/)
})
