import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newKey } from '../../../tools/testing/keys.ts'
import { startTestServer } from '../../../tools/testing/server.ts'
import { connect } from './index.ts'

/** A server, and whoever comes to it. */
async function startWithNewcomers() {
  const server = await startTestServer()
  const newcomer = async () => {
    const agent = connect(server.url, { identity: await newKey() })
    await agent.register()
    return agent
  }
  return { url: server.url, newcomer, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

test('two agents agree on a secret, and notice a server that puts itself between them', async () => {
  await using server = await startWithNewcomers()
  const { newcomer } = server
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

test('an answer or an offer by a key that its agent gave up is not taken, even when the server shows it', async () => {
  await using server = await startWithNewcomers()
  const { url, newcomer } = server
  const [ada, bob, safe] = [await newcomer(), await newcomer(), await newKey()]
  await bob.promiseRecovery(safe.publicKey)
  const mismatch = { name: 'AicqError', code: 'key_mismatch' }
  // the thief of bob's key takes what ada offers to him, and offers something to her
  const { secret } = await ada.keyExchanges.offer(bob.identity!.id, 'vault')
  const [waiting] = await bob.keyExchanges.list()
  await bob.keyExchanges.accept(waiting!)
  await bob.keyExchanges.offer(ada.identity!.id, 'other')
  const byThief = await ada.keyExchanges.list()
  const [answered, offered] = ['vault', 'other'].map((what) => byThief.find(({ purpose }) => purpose === what)!)
  const next = await newKey(bob.identity!.id)
  await connect(url).revoke(safe, next)
  await assert.rejects(ada.keyExchanges.finish(answered!, secret), mismatch)
  await assert.rejects(ada.keyExchanges.accept(offered!), mismatch)

  const again = connect(url, { identity: next })
  await again.keyExchanges.offer(ada.identity!.id, 'anew')
  const anew = (await ada.keyExchanges.list()).find(({ purpose }) => purpose === 'anew')
  await again.close()
  await assert.rejects(ada.keyExchanges.accept(anew!), mismatch)
})
