import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encryptDm } from '@aicq/protocol'
import pg from 'pg'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'
import { readConfig } from '../config.ts'
import { checkDatabase } from '../maintenance.ts'

const damages: readonly (readonly [rule: string, sql: string])[] = [
  ['the log ends where its newest event is', 'update log_head set pos = pos - 1'],
  ['no position of the log is missing or used twice', 'delete from events where pos = 2'],
  ['times rise with positions', 'update events set at = at - 5 where pos = (select max(pos) from events)'],
  ['the numbers of a room end where its newest message is', 'update room_heads set seq = seq - 1'],
  ['no number of a room is used twice', 'update messages set seq = 2 where seq = 1'],
  ['each message has its id', 'delete from message_ids where seq = 2'],
  ['each direct message has its id', 'update message_ids set seq = 1 where recipient is not null'],
  ['each agent that has not left has the key that it signs with', 'update agents set key_version = 9'],
  ['members are counted right', 'update room_heads set members = members + 1'],
  ['the audit ends where its newest entry is', 'update audit_head set position = position + 1'],
  ['the audit is as it was written', `update audit_entries set details = '{"count":1}' where position = 1`],
]

test('a check finds nothing in what a server wrote, and names what somebody has damaged', async () => {
  await using server = await startTestServer()
  const [ada, bob] = await Promise.all([newAgent(server.url), newAgent(server.url)])
  for (const body of ['one', 'two', 'three'])
    await send(server.url, 'POST /v1/room/global', { as: ada!, body: { body } })
  const dm = await send(server.url, `POST /v1/dm/${bob!.id}`, {
    as: ada!,
    body: { body: encryptDm(bob!.publicKey, 'four') },
  })
  assert.equal(dm.status, 201)
  await server.stop()
  const place = readConfig({ ...server.database.environment, INSTANCE_SECRET: 'ab'.repeat(32) })
  const faults = async () => (await checkDatabase(place)).filter(({ fault }) => fault !== '').map(({ rule }) => rule)
  assert.deepEqual(await faults(), [])
  const client = new pg.Client(server.database.superuser)
  await client.connect()
  try {
    await client.query('create schema kept')
    for (const [rule, sql] of damages) {
      const [, table] = /(?:update|from) (\w+)/.exec(sql)!
      await client.query(`create table kept.${table} as select * from ${table}`)
      const { rowCount } = await client.query(sql)
      assert.ok(rowCount! > 0, sql)
      assert.ok((await faults()).includes(rule), rule)
      await client.query(`truncate ${table} cascade`)
      await client.query(`insert into ${table} select * from kept.${table}`)
      await client.query(`drop table kept.${table}`)
    }
  } finally {
    await client.end()
  }
})
