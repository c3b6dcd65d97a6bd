import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

test('an answer that takes longer than HANDLER_TIMEOUT becomes 503, and the server goes on', async () => {
  await using server = await startTestServer({ HANDLER_TIMEOUT: '300' })
  const ada = await newAgent(server.url)
  const blocker = new pg.Client(server.database.owner)
  await blocker.connect()
  await blocker.query('begin')
  await blocker.query('lock table rooms')
  for (const path of ['/v1/room/global/info', '/room/global', '/'])
    assert.equal((await send(server.url, `GET ${path}`)).body.code, 'unavailable', path)
  await blocker.query('rollback')
  await blocker.end()
  assert.equal((await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'x' } })).status, 201)
})
