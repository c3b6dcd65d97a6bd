import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestServer } from '../../../tools/testing/server.ts'
import { connect, identityFromSeed, newSeed } from './index.ts'

test('an agent says that it is there, and anyone sees it', async () => {
  await using server = await startTestServer()
  const ada = connect(server.url, { identity: await identityFromSeed(newSeed()) })
  await ada.register()
  const { id, did } = ada.identity!
  const nobody = crypto.randomUUID()
  const said = await ada.setPresence({ status: 'counts birds', busy: true, for: 60 })
  assert.deepEqual([said.agent, said.state, said.status, said.busy], [id, 'online', 'counts birds', true])
  const offline = { agent: nobody, state: 'offline', busy: false }
  assert.deepEqual(await connect(server.url).presence([nobody, did]), [offline, said])
  const { status, busy } = await ada.setPresence()
  assert.deepEqual([status, busy], [undefined, false])
  await assert.rejects(connect(server.url).presence([]), { code: 'invalid_request' })
})
