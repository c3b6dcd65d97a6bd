import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import type { Event } from '@aicq/protocol'
import { follow } from '../../../../tools/testing/events.ts'
import { otherNode } from '../../../../tools/testing/other-node.ts'
import { eventually, newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

const said = (body: string) => (event: Event) => event.message?.body === body

test('a wake-up that never arrives makes a stream late, not wrong', async () => {
  await using server = await startTestServer()
  await using node = await otherNode(server.database)
  const ada = await newAgent(server.url)
  await using stream = await follow(server.url, 'rooms=global')
  for (let n = 0; n < 20; n++) await node.say(ada, `m${n}`)
  await stream.until(said('m19'))
  assert.deepEqual(
    stream.events.flatMap(({ message }) => (message ? [message.body] : [])),
    Array.from({ length: 20 }, (_, n) => `m${n}`),
  )
})

test('a reader that stops reading is cut off once 1 MiB waits for it, and goes on from where it was', async () => {
  await using server = await startTestServer()
  await using node = await otherNode(server.database)
  const ada = await newAgent(server.url)
  const { cursor } = (await send(server.url, 'GET /v1/room/global')).body
  // a paused response: what the kernel does not take waits in the server
  const asking = request(`${server.url}/v1/stream?rooms=global`)
  const closed = Promise.withResolvers<void>()
  asking.on('response', (reply) => {
    reply.on('close', closed.resolve).on('error', () => {})
    reply.once('data', () => reply.pause())
  })
  asking.on('error', () => {}).end()
  let posted = 0
  let most = 0
  const open = async () => {
    const { body } = await send(server.url, 'GET /metrics')
    most = Math.max(most, Number(/^aicq_backlog_bytes (\d+)$/m.exec(body)![1]))
    return /^aicq_streams (\d+)$/m.exec(body)?.[1]
  }
  await eventually(async () => (await open()) === '1')
  while ((await open()) === '1' && posted < 20_000)
    await Promise.all(Array.from({ length: 200 }, () => node.say(ada, `${posted++} ${'x'.repeat(4_000)}`)))
  assert.equal(await open(), '0', `${posted} messages, and the reader is not cut off`)
  assert.ok(most < 64 * 1024 * 1024, `${most} bytes waited`)
  await node.say(ada, 'the end')
  asking.destroy()
  await closed.promise
  await using again = await follow(server.url, 'rooms=global', { headers: { 'last-event-id': cursor } })
  await eventually(async () => again.events.some(said('the end')), 60_000)
  const seqs = again.events.flatMap(({ message }) => (message ? [message.seq] : []))
  assert.deepEqual(
    seqs,
    Array.from({ length: posted + 1 }, (_, n) => n + 1),
  )
})
