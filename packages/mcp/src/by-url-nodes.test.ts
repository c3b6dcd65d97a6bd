import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newSeed } from '@aicq/protocol'
import { startRedis } from '../../../tools/services/redis.ts'
import { eventually } from '../../../tools/testing/requests.ts'
import { startTestServer } from '../../../tools/testing/server.ts'
import { bearer, connectByUrl } from './testing/connect.ts'

const uri = 'aicq://room/00000000-0000-0000-0000-000000000001'

test('of several servers each answers any request, and tells of what happens on the others', async () => {
  await using redis = await startRedis()
  await using first = await startTestServer({ REDIS_URL: redis.url })
  await using second = await startTestServer({ REDIS_URL: redis.url }, undefined, first)
  const headers = bearer(newSeed())
  await using there = await connectByUrl(second, headers, 'modern')
  const told: string[] = []
  there.client.setNotificationHandler('notifications/resources/updated', ({ params }) => void told.push(params.uri))
  await there.client.listen({ resourceSubscriptions: [uri] })
  await using here = await connectByUrl(first, headers)
  await here.call('post', { body: 'said on the first' })
  await eventually(async () => told.length > 0)
  assert.equal((await there.call('read')).data.messages[0].untrusted_body, 'said on the first')
})
