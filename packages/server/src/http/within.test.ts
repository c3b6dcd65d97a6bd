import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

test('an answer that takes longer than HANDLER_TIMEOUT becomes 503, and the server goes on', async () => {
  await using server = await startTestServer({ HANDLER_TIMEOUT: '3000' })
  const ada = await newAgent(server.url)
  const blocker = new pg.Client(server.database.owner)
  await blocker.connect()
  await blocker.query('begin')
  await blocker.query('lock table rooms')
  const paths = ['/v1/room/global/info', '/room/global', '/']
  const answers = await Promise.all(paths.map((path) => send(server.url, `GET ${path}`)))
  for (const [at, { body }] of answers.entries()) assert.equal(body.code, 'unavailable', paths[at])
  await blocker.query('rollback')
  await blocker.end()
  assert.equal((await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'x' } })).status, 201)
})
