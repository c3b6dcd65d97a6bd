import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { commitmentOf, firstLink, linkOf } from '@aicq/protocol'
import { openAudit, type TestAudit } from '../../../../tools/testing/audit.ts'
import { newAgent } from '../../../../tools/testing/requests.ts'
import { administered } from '../../../../tools/testing/server.ts'
import { eraseAudit } from './access.ts'

const tables = ['audit_entries', 'audit_links', 'audit_checkpoints']
const opened = new AsyncDisposableStack()
let url: string
let audit: TestAudit

// eight entries; a checkpoint after the sixth, and not that of the server's start
before(async () => {
  const { server, admin } = await administered()
  url = server.url
  opened.use(server)
  audit = opened.use(await openAudit(server, admin))
  for (let n = 0; n < 4; n++) await newAgent(url)
  await audit.checkpoint()
  await audit.asOwner('delete from audit_checkpoints where count < 6')
  await newAgent(url)
  await newAgent(url)
  await audit.link()
  for (const table of tables) await audit.asOwner(`create table kept_${table} as table ${table}`)
})
after(() => opened.disposeAsync())

afterEach(async () => {
  for (const table of tables) await audit.asOwner(`delete from ${table}; insert into ${table} table kept_${table}`)
})

const found = async () => {
  const { fault } = await audit.verify()
  return fault && [fault.position, fault.kind]
}

test('an audit that nobody touched holds, up to entries that no checkpoint vouches for yet', async () => {
  const { fault, first, last, unsigned, erased } = await audit.verify()
  assert.equal(fault, undefined)
  assert.deepEqual({ first, last, unsigned, erased }, { first: 1, last: 8, unsigned: 2, erased: 0 })
})

test('an entry that says something else is named', async () => {
  await audit.asOwner(`update audit_entries set details = '{"proven": false}' where position = 4`)
  assert.deepEqual(await found(), [4, 'changed'])
})

test('an entry that is gone is named, at the end as well', async () => {
  await audit.asOwner('delete from audit_entries where position = 5')
  assert.deepEqual((await audit.verify()).fault, { position: 5, kind: 'missing', detail: 'after 4 comes 6' })
  await audit.asOwner('delete from audit_entries where position > 5')
  assert.match((await audit.verify()).fault!.detail, /entries end at 4, and there is a checkpoint at 6/)
})

test('entries in another order are named, with their links or without', async () => {
  const swap = (table: string) =>
    audit.asOwner(`update ${table} set position = -position where position in (3, 4);
                   update ${table} set position = 7 + position where position < 0`)
  await swap('audit_entries')
  assert.deepEqual(await found(), [3, 'changed'])
  await swap('audit_links')
  assert.deepEqual(await found(), [3, 'misplaced'])
})

test('a chain that is rewritten as a whole is named by its checkpoint, which nobody else can sign', async () => {
  await audit.asOwner(`update audit_entries set agent = null where position = 3`)
  let link = firstLink
  let root = Buffer.alloc(0)
  for (const { position, commitment: _, link: __, ...entry } of await audit.entries()) {
    const commitment = commitmentOf(entry as never, (entry as { salt: string }).salt)
    link = linkOf(link, commitment, position)
    await audit.asOwner('update audit_links set commitment = $2, link = $3 where position = $1', [
      position,
      Buffer.from(commitment, 'hex'),
      Buffer.from(link, 'hex'),
    ])
    if (position === 6) root = Buffer.from(link, 'hex')
  }
  assert.deepEqual(await found(), [1, 'rewritten'])
  await audit.asOwner('update audit_checkpoints set root = $1 where count = 6', [root])
  assert.deepEqual(await found(), [6, 'checkpoint_forged'])
})

test('a chain that is rewritten from the middle on is named where it was', async () => {
  await audit.asOwner('update audit_links set link = sha256(link) where position >= 3')
  assert.deepEqual(await found(), [3, 'misplaced'])
})

test('what is erased holds still: the commitment stays, what it said is nowhere', async () => {
  const [victim] = await audit.asOwner('select agent from audit_entries where position = 4')
  await assert.rejects(eraseAudit(audit.db, String(victim!.agent)), { code: '55000' })
  const late = await newAgent(url)
  await audit.db.query('update agents set erased_at = 1 where id in ($1, $2)', [victim!.agent, late.id])
  await eraseAudit(audit.db, String(victim!.agent))
  await eraseAudit(audit.db, late.id)
  const { fault, erased, last } = await audit.verify()
  assert.deepEqual([fault, erased, last], [undefined, 2, 9])
  const [, , , entry] = await audit.entries()
  assert.deepEqual(Object.keys(entry!), ['position', 'commitment', 'link', 'erased'])
  assert.equal(
    JSON.stringify(await audit.asOwner('select * from audit_entries')).includes(String(victim!.agent)),
    false,
  )
})
