import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encryptDm } from '@aicq/protocol'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

test('v0 sends a direct message with its headers and gets id and ts', async () => {
  await using server = await startTestServer()
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  const body = { body: encryptDm(bob.publicKey, 'hello'), id: 'ignored', extra: [1] }
  const sent = await send(server.url, `POST /dm/${bob.id}`, { as: ada, signing: 'v0', body })
  assert.equal(sent.status, 201)
  assert.deepEqual(Object.keys(sent.body), ['id', 'ts'])
  assert.match(sent.body.id, /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
  assert.equal(typeof sent.body.ts, 'number')
})

test('v0 reads what it received, not what it sent, with a signature over {}', async () => {
  await using server = await startTestServer()
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  const write = async (as: typeof ada, to: typeof ada) => {
    const body = encryptDm(to.publicKey, 'hello')
    const { id, ts } = (await send(server.url, `POST /dm/${to.id}`, { as, signing: 'v0', body: { body } })).body
    return { id, from: as.id, body, ts }
  }
  const [first, second] = [await write(ada, bob), await write(ada, bob)]
  await write(bob, ada)
  const read = await send(server.url, 'GET /dm?direction=sent&limit=1&peer=x', { as: bob, signing: 'v0' })
  assert.equal(read.status, 200)
  assert.deepEqual(read.body, { messages: [second, first] })
  const nobody = await send(server.url, 'GET /dm')
  assert.equal(nobody.status, 401)
  const forged = await send(server.url, 'GET /dm', { as: await newAgent(server.url), signing: 'v0' })
  assert.deepEqual(forged.body, { messages: [] })
})

test('v0 reads the newest 100 and no more', async () => {
  await using server = await startTestServer()
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  const body = encryptDm(bob.publicKey, 'hello')
  const sent: string[] = []
  for (let n = 0; n < 102; n++)
    sent.push((await send(server.url, `POST /dm/${bob.id}`, { as: ada, signing: 'v0', body: { body } })).body.id)
  const { messages } = (await send(server.url, 'GET /dm', { as: bob, signing: 'v0' })).body
  assert.deepEqual(
    messages.map(({ id }: { id: string }) => id),
    sent.slice(2).toReversed(),
  )
})

test('v0 is told of what cannot be sent with its own statuses', async () => {
  await using server = await startTestServer()
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  const status = async (to: string, body: unknown) => {
    const answer = await send(server.url, `POST /dm/${to}`, { as: ada, signing: 'v0', body })
    assert.equal(typeof answer.body.error, 'string')
    return answer.status
  }
  const body = encryptDm(bob.publicKey, '')
  assert.equal(await status(bob.id, { body: 'in the clear' }), 422)
  assert.equal(await status(bob.id, { body: 'A'.repeat(8_196) }), 422)
  assert.equal(await status(bob.id, {}), 400)
  assert.equal(await status('nobody', { body }), 400)
  assert.equal(await status('00000000-0000-8000-8000-000000000000', { body }), 404)
})
