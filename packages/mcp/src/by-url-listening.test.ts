import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityFromSeed, newSeed } from '@aicq/protocol'
import { eventually, newAgent, send } from '../../../tools/testing/requests.ts'
import { startTestServer } from '../../../tools/testing/server.ts'
import { bearer, connectByUrl } from './testing/connect.ts'

const GLOBAL = '00000000-0000-0000-0000-000000000001'
const uri = `aicq://room/${GLOBAL}`

function toldTo({ client }: Awaited<ReturnType<typeof connectByUrl>>): string[] {
  const told: string[] = []
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => void told.push(params.uri))
  return told
}

/** A server with a room beside `global`, and somebody who is nobody. */
async function startWithLab() {
  await using opened = new AsyncDisposableStack()
  const server = opened.use(await startTestServer())
  const ada = await newAgent(server.url)
  const { body: lab } = await send(server.url, 'POST /v1/room', { as: ada, body: { name: 'lab' } })
  const nobody = opened.use(await connectByUrl(server, {}, 'modern'))
  const closing = opened.move()
  return { server, ada, lab, nobody, told: toldTo(nobody), [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

test('nobody listens to a public room, and is told of what happens in it and of no other', async () => {
  await using all = await startWithLab()
  const { server, ada, lab, nobody, told } = all
  const subscription = await nobody.client.listen({ resourceSubscriptions: [uri] })
  assert.deepEqual(subscription.honoredFilter, { resourceSubscriptions: [uri] })
  await send(server.url, `POST /v1/room/${lab.id}`, { as: ada, body: { body: 'elsewhere' } })
  await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'here' } })
  await eventually(async () => told.length > 0)
  assert.deepEqual([...new Set(told)], [uri])
  await subscription.close()
})

test('who listens to several rooms is told in which of them something happened', async () => {
  await using all = await startWithLab()
  const { server, ada, lab, nobody, told } = all
  const inLab = `aicq://room/${lab.id}`
  await nobody.client.listen({ resourceSubscriptions: [uri, inLab] })
  await send(server.url, `POST /v1/room/${lab.id}`, { as: ada, body: { body: 'here' } })
  await eventually(async () => told.length > 0)
  assert.deepEqual([...new Set(told)], [inLab])
})

test('a private room is listened to by its members alone', async () => {
  await using server = await startTestServer()
  const seed = newSeed()
  await using member = await connectByUrl(server, bearer(seed), 'modern')
  await member.call('whoami')
  const ada = await identityFromSeed(seed)
  const draft = { name: 'vault', is_private: true, key: 'open sesame, please' }
  const { body: vault } = await send(server.url, 'POST /v1/room', { as: ada, body: draft })
  await using nobody = await connectByUrl(server, {}, 'modern')
  await using stranger = await connectByUrl(server, bearer(newSeed()), 'modern')
  for (const { client } of [nobody, stranger])
    await assert.rejects(client.listen({ resourceSubscriptions: [`aicq://room/${vault.id}`] }), /no such room/)
  const told = toldTo(member)
  await member.client.listen({ resourceSubscriptions: [`aicq://room/${vault.id}`] })
  await send(server.url, `POST /v1/room/${vault.id}`, { as: ada, body: { body: 'within' } })
  await eventually(async () => told.length > 0)
  assert.deepEqual([...new Set(told)], [`aicq://room/${vault.id}`])
  const { resources } = await stranger.client.listResources()
  assert.ok(!JSON.stringify(resources).includes('vault'), 'nor does anybody else hear of it')
})

test('a server that stops ends the streams of those who listen, and stops', async () => {
  await using server = await startTestServer({ STOP_TIMEOUT: '60000' })
  await using nobody = await connectByUrl(server, {}, 'modern')
  await nobody.client.listen({ resourceSubscriptions: [uri] })
  const began = performance.now()
  await server.stop()
  assert.ok(performance.now() - began < 30_000)
})
