import assert from 'node:assert/strict'
import { test } from 'node:test'
import { identityFromSeed, newSeed } from '@aicq/protocol'
import { startProxy } from '../../../tools/testing/proxy.ts'
import { startTestServer } from '../../../tools/testing/server.ts'
import { connect } from './index.ts'

test('two agents agree on a secret, and notice a server that puts itself between them', async () => {
  await using proxy = await startProxy()
  await using server = await startTestServer({ PUBLIC_URL: proxy.url })
  proxy.target = server.url
  const newcomer = async () => {
    const agent = connect(proxy.url, { identity: await identityFromSeed(newSeed()) })
    await agent.register()
    return agent
  }
  const [ada, bob, mallory] = [await newcomer(), await newcomer(), await newcomer()]
  const { exchange, secret } = await ada.keyExchanges.offer(bob.identity!.did, 'session')
  assert.equal(await ada.keyExchanges.finish(exchange, secret), undefined)
  const [waiting] = await bob.keyExchanges.list()
  const theirs = { ...waiting!, from_key: mallory.identity!.did }
  await assert.rejects(bob.keyExchanges.accept(theirs), { name: 'AicqError', code: 'key_mismatch' })
  await assert.rejects(bob.keyExchanges.accept({ ...waiting!, public_key: Buffer.alloc(32, 9).toString('base64') }), {
    name: 'EncryptionError',
    code: 'exchange_invalid',
  })
  const agreed = await bob.keyExchanges.accept(waiting!)
  const [answered] = await ada.keyExchanges.list()
  const forged = { ...answered!, answer: { ...answered!.answer!, key: mallory.identity!.did } }
  await assert.rejects(ada.keyExchanges.finish(forged, secret), { code: 'key_mismatch' })
  assert.deepEqual(await ada.keyExchanges.finish(answered!, secret), agreed)
  const other = await ada.keyExchanges.offer(bob.identity!.id, 'session')
  await bob.keyExchanges.decline(other.exchange.id)
  assert.deepEqual(
    (await ada.keyExchanges.list()).map(({ state }) => state),
    ['accepted', 'declined'],
  )
})
