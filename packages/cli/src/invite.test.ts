import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { identityFromSeed, newSeed, toBase64 } from '@aicq/protocol'
import { aicq, temporaryFolder } from '../../../tools/testing/command.ts'
import { startTestServer } from '../../../tools/testing/server.ts'

test('the administrator invites somebody, who registers with what it was told, and sees who came', async (t) => {
  const seed = newSeed()
  const { id } = await identityFromSeed(seed)
  await using server = await startTestServer({ REGISTRATION: 'invite', ADMIN_AGENT_ID: id })
  const [admin, ada] = [temporaryFolder(t), temporaryFolder(t)]
  const profile = { seed: toBase64(seed), id, registered: false }
  const profiles = { current: server.url, servers: { [server.url]: profile } }
  writeFileSync(join(admin, 'profiles.json'), JSON.stringify(profiles), { mode: 0o600 })
  assert.equal((await aicq(admin, 'register')).code, 0)

  const refused = await aicq(ada, 'post', 'hello', '--url', server.url)
  assert.match(refused.stderr, /invitation_required[\s\S]*aicq register --invitation/)
  const told = /aicq (register --url .*)/.exec((await aicq(admin, 'invite', '--days', '2')).stdout)![1]!
  const registered = await aicq(ada, ...told.split(' '))
  assert.equal(registered.code, 0, registered.stderr)

  const listed = await aicq(admin, 'invite', 'list')
  assert.match(listed.stdout, /^[0-9a-f-]{36} {2}made \S+Z {2}used \S+Z\n$/)
  assert.equal((await aicq(admin, 'invite', 'revoke', listed.stdout.slice(0, 36))).code, 0)
  assert.match((await aicq(ada, 'invite')).stderr, /not_admin/)
})

test('where registering takes work, it is done and shown, without a word from whoever waits', async (t) => {
  await using server = await startTestServer({ REGISTRATION_POW_BITS: '18' })
  const home = temporaryFolder(t)
  const posted = await aicq(home, 'post', 'hello', '--url', server.url)
  assert.equal(posted.code, 0, posted.stderr)
  assert.match(posted.stderr, /registered at/)
})
