import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityFromSeed, newSeed } from '@aicq/protocol'
import { startTestServer } from '../../../tools/testing/server.ts'
import { AicqError, connect } from './index.ts'

const someone = async (url: string) => connect(url, { identity: await identityFromSeed(newSeed()) })

test('registering does the work that a server asks for, and says how far it is', async () => {
  await using server = await startTestServer({ REGISTRATION_POW_BITS: '16' })
  const ada = await someone(server.url)
  const told: [number, number][] = []
  for (let n = 0; n < 40 && told.length === 0; n++) {
    const newcomer = await someone(server.url)
    const { created } = await newcomer.register({ working: (attempts, expected) => told.push([attempts, expected]) })
    assert.equal(created, true)
  }
  assert.equal((await ada.register({ name: 'Ada' })).created, true)
  assert.equal((await ada.me()).name, 'Ada')
  assert.ok(told.length > 0)
  assert.deepEqual(new Set(told.map(([, expected]) => expected)), new Set([65_536]))
})

test('the administrator invites, and who is invited registers', async () => {
  const identity = await identityFromSeed(newSeed())
  await using server = await startTestServer({ REGISTRATION: 'invite', ADMIN_AGENT_ID: identity.id })
  const admin = connect(server.url, { identity })
  await admin.register()
  const { id, invitation } = await admin.invite({ lifetime: 3_600 })
  const ada = await someone(server.url)
  await assert.rejects(ada.register(), (error) => error instanceof AicqError && error.code === 'invitation_required')
  assert.equal((await ada.register({ invitation })).created, true)
  const [listed] = await admin.invitations()
  assert.ok(listed!.id === id && listed!.used! > 0)
  await admin.revokeInvitation(id)
  assert.deepEqual(await admin.invitations(), [])
})
