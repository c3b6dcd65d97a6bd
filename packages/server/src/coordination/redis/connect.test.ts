import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, startRedis } from '../../../../../tools/services/redis.ts'
import { eventually } from '../../../../../tools/testing/requests.ts'
import { openRedis } from './connect.ts'

test('where Redis does not let it listen, a client tries again, and tells that hints may have been missed', async () => {
  await using server = await startRedis()
  await ask(server.port, 'acl', 'setuser', 'default', 'resetchannels')
  const trouble: unknown[] = []
  await using redis = openRedis([server.url], (cause) => trouble.push(cause))
  const heard: string[] = []
  let gaps = 0
  redis.listen('news', (text) => heard.push(text))
  redis.onGap(() => gaps++)
  await eventually(async () => trouble.some((cause) => String(cause).includes('NOPERM')))
  assert.equal(gaps, 0)
  await ask(server.port, 'acl', 'setuser', 'default', 'allchannels')
  await eventually(async () => gaps > 0)
  await ask(server.port, 'publish', 'news', 'now')
  await eventually(async () => heard.length > 0)
  assert.deepEqual(heard, ['now'])
})
