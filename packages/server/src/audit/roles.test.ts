import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAudit } from '../../../../tools/testing/audit.ts'
import { ask } from '../../../../tools/testing/cluster.ts'
import { newAgent } from '../../../../tools/testing/requests.ts'
import { administered } from '../../../../tools/testing/server.ts'
import { pruneAudit } from '../storage/prune-audit.ts'

const day = 86_400

test('the role that serves can write entries through their function alone, and change or delete nothing of the audit', async () => {
  const { server } = await administered()
  await using _ = server
  for (const sql of [
    `update audit_entries set agent = null`,
    'delete from audit_entries',
    'truncate audit_entries',
    `insert into audit_entries (position, at) values (9999, 1)`,
    'update audit_head set position = 0',
    'update audit_links set link = commitment',
    'delete from audit_links',
    'update audit_checkpoints set count = 0',
    'delete from audit_checkpoints',
    'update instance_keys set sealed = null',
    'delete from instance_keys',
    'select prune_audit(0)',
  ])
    await assert.rejects(ask(server.database.serving, sql), { code: '42501' }, sql)
})

test('the role that prunes can do nothing else', async () => {
  const { server } = await administered()
  await using _ = server
  for (const sql of ['select from audit_entries', 'delete from audit_entries', 'select from agents', 'select from dms'])
    await assert.rejects(ask(server.database.pruning, sql), { code: '42501' }, sql)
  const callable = await ask(
    server.database.pruning,
    `select proname from pg_proc where pronamespace = 'public'::regnamespace and has_function_privilege(oid, 'execute')`,
  )
  assert.deepEqual(callable, [{ proname: 'prune_audit' }])
})

test('what is older than a year is pruned up to a checkpoint, from which on the rest still holds', async () => {
  const { server, admin } = await administered()
  await using _ = server
  await using audit = await openAudit(server, admin)
  await newAgent(server.url)
  await audit.checkpoint()
  await newAgent(server.url)
  await newAgent(server.url)
  await audit.checkpoint()
  const old = (days: number) =>
    audit.asOwner('update audit_checkpoints set at = $1 where count = 3', [Date.now() - days * day * 1000])
  await old(364)
  await pruneAudit(server.database.pruning, 0)
  assert.equal((await audit.entries())[0]?.position, 1)
  await old(366)
  await pruneAudit(server.database.pruning, 367 * day)
  assert.equal((await audit.entries())[0]?.position, 1)
  await pruneAudit(server.database.pruning, 0)
  assert.deepEqual(
    (await audit.entries()).map(({ position }) => position),
    [4, 5],
  )
  const [{ signed }] = (await audit.asOwner(
    'select array_agg(count::int order by count) as signed from audit_checkpoints',
  )) as [{ signed: number[] }]
  assert.deepEqual(signed, [3, 5])
  // the checkpoint's time was moved, and its signature shows that
  const { fault } = await audit.verify()
  assert.deepEqual([fault?.position, fault?.kind], [3, 'checkpoint_forged'])
})

test('a pruned audit begins at its checkpoint', async () => {
  const { server, admin } = await administered()
  await using _ = server
  await using audit = await openAudit(server, admin)
  await newAgent(server.url)
  await audit.checkpoint()
  await newAgent(server.url)
  await audit.link()
  await audit.asOwner('delete from audit_entries where position <= 3')
  await audit.asOwner('delete from audit_checkpoints where count < 3')
  const { fault, first, last, unsigned } = await audit.verify(Date.now() + 366 * day * 1000)
  assert.deepEqual({ fault, first, last, unsigned }, { fault: undefined, first: 4, last: 4, unsigned: 1 })
  assert.equal((await audit.verify()).fault?.kind, 'missing')
})
