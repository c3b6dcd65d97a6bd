import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toBase64 } from '@aicq/protocol'
import { openAudit } from '../../../../tools/testing/audit.ts'
import { newKey } from '../../../../tools/testing/keys.ts'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { administered } from '../../../../tools/testing/server.ts'
import { audit as write } from '../audit/access.ts'

test('whoever erases itself is not to be found by the entry that says so, nor by one that comes late', async () => {
  const { server, admin } = await administered({ AUDIT_ADDRESS: 'full' })
  await using _ = server
  await using audit = await openAudit(server, admin)
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  assert.equal((await send(server.url, `DELETE /v1/agent/${ada.id}`, { as: ada })).status, 204)
  assert.equal((await send(server.url, `DELETE /v1/agent/${bob.id}`, { as: admin })).status, 204)
  await write(audit.db, Date.now(), { type: 'agent.exported', agent: ada.id, subject: bob.id })
  const [alone, byAdmin, late] = (await audit.entries()).slice(-3).map((entry) => ({ ...entry })) as unknown as Record<
    string,
    unknown
  >[]
  assert.deepEqual(
    [alone!.type, alone!.agent, alone!.address, alone!.request_id],
    ['agent.erased', undefined, undefined, undefined],
  )
  assert.deepEqual([byAdmin!.type, byAdmin!.agent, byAdmin!.address], ['agent.erased', admin.id, '127.0.0.1'])
  assert.deepEqual([late!.type, late!.agent, late!.subject], ['agent.exported', undefined, undefined])
})

test('what the audit says of an agent is hidden at once, and erased by parts', async () => {
  const { server, admin } = await administered()
  await using _ = server
  await using audit = await openAudit(server, admin)
  const ada = await newAgent(server.url)
  for (let n = 0; n < 3; n++) await write(audit.db, Date.now(), { type: 'room.updated', agent: ada.id })
  await audit.asOwner('update agents set erased_at = 1 where id = $1', [ada.id])
  const shown = (await audit.entries()).filter((entry) => JSON.stringify(entry).includes(ada.id))
  assert.deepEqual(shown, [])
  const parts: unknown[] = []
  for (let n = 0; n < 3; n++)
    parts.push((await audit.asOwner('select erase_audit($1, 3) as found', [ada.id]))[0]!.found)
  assert.deepEqual(parts, [3, 1, 0])
  assert.equal((await audit.verify()).fault, undefined)
})

test('the administrator who removes a registration that nobody proved does not keep the owner of the key away', async () => {
  const { server, admin } = await administered()
  await using _ = server
  const { url } = server
  const [owner, active] = [await newKey(), await newKey()]
  for (const { publicKey } of [owner, active])
    await send(url, 'POST /register', { body: { public_key: toBase64(publicKey), name: 'something rude' } })
  assert.equal(
    (await send(url, 'POST /room/global', { as: active, signing: 'v0', body: { body: 'rude' } })).status,
    201,
  )
  for (const { id } of [owner, active])
    assert.equal((await send(url, `DELETE /v1/agent/${id}`, { as: admin })).status, 204)
  const register = async (as: typeof owner) =>
    (await send(url, 'POST /v1/register', { as, keyid: as.did, body: { public_key: toBase64(as.publicKey) } })).status
  assert.deepEqual([await register(owner), await register(active)], [201, 410])
})

test('an export shows that somebody claimed to be the agent, and not from where', async () => {
  const { server, admin } = await administered({ AUDIT_ADDRESS: 'full' })
  await using _ = server
  await using audit = await openAudit(server, admin)
  const ada = await newAgent(server.url)
  await audit.asOwner(
    `select audit_entry('signature.refused', 'refused', $1, null, null, null, '203.0.113.77', null, '{"count": 1}', 1)`,
    [ada.id],
  )
  await audit.link()
  const { body } = await send(server.url, `GET /v1/agent/${ada.id}/export`, { as: ada })
  assert.ok(body.includes('signature.refused') && body.includes('127.0.0.1') && !body.includes('203.0.113.77'))
})
