import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { toBase64 } from '@aicq/protocol'
import { openAudit } from '../../../tools/testing/audit.ts'
import { aicq, temporaryFolder } from '../../../tools/testing/command.ts'
import { newAgent, send } from '../../../tools/testing/requests.ts'
import { administered } from '../../../tools/testing/server.ts'

test('the administrator lists the audit and verifies it, here or from files, and is told which entry is bad', async (t) => {
  const { server, admin, seed } = await administered()
  await using _ = server
  await using audit = await openAudit(server, admin)
  const home = temporaryFolder(t)
  const profile = { seed: toBase64(seed), id: admin.id, registered: true }
  const profiles = { current: server.url, servers: { [server.url]: profile } }
  writeFileSync(join(home, 'profiles.json'), JSON.stringify(profiles), { mode: 0o600 })
  for (let n = 0; n < 3; n++) await newAgent(server.url)
  await audit.checkpoint()

  const list = await aicq(home, 'audit', 'list', '--type', 'agent.registered', '--limit', '1')
  assert.match(list.stdout, /^5 \S+Z agent\.registered done agent=\S+ from=127\.0\.0\.0\/24 proven=true\n$/)
  const csv = await aicq(home, 'audit', 'list', '--csv', '--limit', '1')
  assert.match(csv.stdout, /^position,at,type,.*\n5,\d+,agent\.registered,done,/)
  assert.equal((await aicq(home, 'audit', 'list', '--type', 'nonsense')).code, 2)

  const well = await aicq(home, 'audit', 'verify')
  assert.equal(well.code, 0, well.stderr)
  assert.match(well.stdout, /✔ entries 1 to 5 are as they were written, 0 of them erased/)

  const files = { entries: join(home, 'audit.jsonl'), checkpoints: join(home, 'kept.log') }
  writeFileSync(files.entries, (await aicq(home, 'audit', 'list', '--all', '--json')).stdout)
  const { body } = await send(server.url, 'GET /v1/audit/checkpoints?limit=1')
  const [checkpoint] = body.checkpoints
  writeFileSync(
    files.checkpoints,
    `{"msg":"something else"}\n${JSON.stringify({ msg: 'audit checkpoint', checkpoint })}\n`,
  )
  const offline = ['audit', 'verify', files.entries, '--checkpoints', files.checkpoints, '--url', 'http://127.0.0.1:1']
  assert.equal((await aicq(home, ...offline)).code, 2)
  assert.equal((await aicq(home, ...offline, '--key', checkpoint.key)).code, 0)
  assert.match((await aicq(home, ...offline, '--key', admin.did)).stdout, /entry 5 is bad \(checkpoint_forged\)/)

  await audit.asOwner(`update audit_entries set agent = null where position = 4`)
  const bad = await aicq(home, 'audit', 'verify', '--json')
  assert.equal(bad.code, 1)
  assert.deepEqual([JSON.parse(bad.stdout).fault.position, JSON.parse(bad.stdout).fault.kind], [4, 'changed'])
})
