import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rotateKey } from '@aicq/protocol'
import { arrive, historyOf, newKey, operationsOf, rotate } from '../../../../tools/testing/keys.ts'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

test('no key that an erased agent ever had is taken again: by registering, with its history, or as the next key of another', async () => {
  await using server = await startTestServer()
  const { url } = server
  const [ada, bob] = [await newAgent(url), await newAgent(url)]
  const next = await newKey(ada.id)
  assert.equal((await rotate(url, ada, await rotateKey(await historyOf(url, ada.id), ada, next))).status, 200)
  const history = await operationsOf(url, ada.id)
  assert.equal((await send(url, `DELETE /v1/agent/${ada.id}`, { as: next })).status, 204)

  for (const key of [ada, next]) assert.equal((await arrive(url, key)).body.code, 'agent_erased')
  assert.equal((await arrive(url, next, history)).body.code, 'agent_erased')
  for (const key of [ada, next]) {
    const taken = await rotate(url, bob, await rotateKey(await historyOf(url, bob.id), bob, key))
    assert.deepEqual([taken.status, taken.body.code], [410, 'agent_erased'])
  }
  assert.equal((await send(url, `GET /v1/agent/${ada.id}/keys`)).body.code, 'agent_not_found')
})

test('who registers with a history is judged as every newcomer is', async () => {
  const admin = await newKey()
  await using server = await startTestServer({ REGISTRATION: 'closed', ADMIN_AGENT_ID: admin.id })
  await using other = await startTestServer()
  const ada = await newAgent(other.url)
  const next = await newKey(ada.id)
  await rotate(other.url, ada, await rotateKey(await historyOf(other.url, ada.id), ada, next))
  const history = await operationsOf(other.url, ada.id)
  assert.equal((await arrive(server.url, next, history)).body.code, 'registration_closed')
})
