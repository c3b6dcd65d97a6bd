import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dmVersionOf, type Identity, identityFromSeed, newSeed, readDmV2 } from '@aicq/protocol'
import { send } from '../../../../tools/testing/requests.ts'
import { type DirectMessage, memoryDmStore } from '../index.ts'
import { collect, forgetSessions, leaveNoOneTime, received, startBehindProxy } from './testing/network.ts'

test('two agents write in a session: a first message to one that is away, answers, and all of it read again later', async () => {
  await using network = await startBehindProxy()
  const [ada, bob] = [await network.newcomer(), await network.newcomer()]
  const sent = await ada.agent.dm(bob.id).send('hello')
  assert.deepEqual([dmVersionOf(sent.body), sent.sig, sent.copies], ['aicq-dm-v2', undefined, undefined])
  await ada.agent.dm(bob.identity.did).send('are you there?')
  assert.deepEqual(await received(bob.agent), ['hello', 'are you there?'])
  const answer = await bob.agent.dm(ada.id).send('yes')
  assert.equal(readDmV2(answer.body).opening, undefined)
  const [heard] = (await collect(ada.agent)).filter(({ sent }) => !sent)
  assert.deepEqual([heard!.text, heard!.proof], ['yes', 'proven'])
  const next = await ada.agent.dm(bob.id).send('good')
  assert.equal(readDmV2(next.body).opening, undefined)
  assert.equal(readDmV2(next.body).session, readDmV2(sent.body).session)
  assert.deepEqual(await received(bob.agent), ['hello', 'are you there?', 'good'])
})

test('an agent that never announced sessions is written to as before, and one that keeps none reads them not', async () => {
  await using network = await startBehindProxy()
  const ada = await network.newcomer()
  const old = network.install(await identityFromSeed(newSeed()))
  await old.register()
  const sent = await ada.agent.dm(old.identity!.id).send('plain')
  assert.equal(dmVersionOf(sent.body), 'aicq-dm-v1')
  assert.deepEqual(await received(old), ['plain'])
  assert.equal(dmVersionOf((await old.dm(ada.id).send('back')).body), 'aicq-dm-v1')
  assert.deepEqual(await received(ada.agent), ['back'])
  const bob = await network.newcomer()
  await bob.agent.dm(ada.id).send('in a session')
  assert.deepEqual(await received(network.install(ada.identity)), ['back', 'wrong_version'])
  assert.deepEqual(await received(ada.agent), ['back', 'in a session'])
})

test('both may begin at once, and then go on in one session', async () => {
  await using network = await startBehindProxy()
  const [ada, bob] = [await network.newcomer(), await network.newcomer()]
  const begun = await Promise.all([ada.agent.dm(bob.id).send('me first'), bob.agent.dm(ada.id).send('no, me')])
  assert.notEqual(readDmV2(begun[0].body).session, readDmV2(begun[1].body).session)
  assert.deepEqual([await received(ada.agent), await received(bob.agent)], [['no, me'], ['me first']])
  await ada.agent.dm(bob.id).send('after you')
  assert.deepEqual(await received(bob.agent), ['me first', 'after you'])
  const { body } = await bob.agent.dm(ada.id).send('thanks')
  assert.equal(readDmV2(body).opening, undefined)
  assert.deepEqual(await received(ada.agent), ['no, me', 'thanks'])
})

test('messages that are lost, late, changed on the way or sent again are told apart, and spoil no other', async () => {
  await using network = await startBehindProxy()
  const { proxy } = network
  const [ada, bob] = [await network.newcomer(), await network.newcomer()]
  await ada.agent.dm(bob.id).send('0')
  const sent: DirectMessage[] = []
  for (const text of ['1', '2', '3', '4', '5']) sent.push(await ada.agent.dm(bob.id).send(text))
  const body = (at: number) => sent[at]!.body
  await ada.agent.deleteDm(sent[1]!.id)
  const changed = `${body(2).slice(0, -8)}AAAA${body(2).slice(-4)}`
  // 3 is changed on its way, 1 and 5 come in each other's place
  proxy.fate = () => ({
    kind: 'change',
    change: (text) =>
      text
        .replace(body(2), changed)
        .replace(body(0), '-')
        .replace(body(4), body(0))
        .replace('"-"', JSON.stringify(body(4))),
  })
  assert.deepEqual(await received(bob.agent), ['0', '5', 'wrong_key_or_tampered', '4', '1'])
  proxy.fate = () => ({ kind: 'pass' })
  assert.deepEqual((await received(bob.agent))[2], '3')
})

test('a ciphertext that comes again, from its author or from somebody else, is not read again', async () => {
  await using network = await startBehindProxy()
  const { proxy } = network
  const [ada, bob, mallory] = [await network.newcomer(), await network.newcomer(), await network.newcomer()]
  const { body } = await ada.agent.dm(bob.id).send('pay 5')
  const repeat = (as: Identity) => send(proxy.url, `POST /v1/dm/${bob.id}`, { as, body: { body } })
  assert.equal((await repeat(ada.identity)).status, 201)
  assert.equal((await repeat(mallory.identity)).status, 201)
  assert.deepEqual(await received(bob.agent), ['pay 5', 'already_read', 'wrong_identity'])
  assert.deepEqual(await received(bob.agent), ['pay 5', 'already_read', 'wrong_identity'])
})

test('a first message that used the last resort begins no second session, even when the first is forgotten', async () => {
  await using network = await startBehindProxy()
  const { proxy } = network
  const [ada, bob] = [await network.newcomer(), await network.newcomer()]
  await leaveNoOneTime(proxy.url, bob.identity)
  const { body } = await ada.agent.dm(bob.id).send('once')
  assert.deepEqual(await received(bob.agent), ['once'])
  await forgetSessions(bob.dmStore)
  assert.equal((await send(proxy.url, `POST /v1/dm/${bob.id}`, { as: ada.identity, body: { body } })).status, 201)
  assert.deepEqual(await received(bob.agent), ['already_read', 'already_read'])
})

test('an author who begins too many sessions without a one-time prekey is not read, and others are', async () => {
  await using network = await startBehindProxy()
  const [ada, bob, mallory] = [await network.newcomer(), await network.newcomer(), await network.newcomer()]
  const signed = await leaveNoOneTime(network.proxy.url, bob.identity)
  const begun = (prekey: string) =>
    bob.dmStore.exclusively((kept) => {
      const seen = Array.from({ length: 1_500 }, (_, nth) => [String(nth).padStart(64, '0'), prekey])
      return kept.write({ [`seen-${mallory.id}`]: JSON.stringify(Object.fromEntries(seen)) })
    })
  await begun(signed)
  await mallory.agent.dm(bob.id).send('once more')
  await ada.agent.dm(bob.id).send('for the first time')
  assert.deepEqual(await received(bob.agent), ['too_many_begun', 'for the first time'])
  // by a prekey that has been erased since
  await begun('0123456789abcdef')
  assert.deepEqual(await received(bob.agent), ['once more', 'for the first time'])
})

test('the secret of a one-time prekey is erased with the message that used it', async () => {
  await using network = await startBehindProxy()
  const [ada, bob] = [await network.newcomer(), await network.newcomer()]
  const { body } = await ada.agent.dm(bob.id).send('once')
  assert.deepEqual(await received(bob.agent), ['once'])
  await forgetSessions(bob.dmStore)
  const repeated = { as: ada.identity, body: { body } }
  assert.equal((await send(network.proxy.url, `POST /v1/dm/${bob.id}`, repeated)).status, 201)
  assert.deepEqual(await received(bob.agent), ['prekey_unknown', 'prekey_unknown'])
})

test('a server that hides what was announced is refused, and gets nothing', async () => {
  await using network = await startBehindProxy()
  const { proxy, change } = network
  const [ada, bob] = [await network.newcomer(), await network.newcomer()]
  await ada.agent.dm(bob.id).send('hello')
  proxy.fate = () => change(/"installations":\[.*\]/g, '"installations":[]')
  await assert.rejects(ada.agent.dm(bob.id).send('secret'), { name: 'AicqError', code: 'downgrade_refused' })
  proxy.fate = () => ({ kind: 'pass' })
  assert.deepEqual(await received(bob.agent), ['hello'])
})

test('a server that gives prekeys of its own, or another installation, is noticed, and gets nothing', async () => {
  await using network = await startBehindProxy()
  const { proxy, change } = network
  const [ada, bob, mallory] = [await network.newcomer(), await network.newcomer(), await network.newcomer()]
  const [theirs] = (await send(proxy.url, 'GET /v1/prekeys', { as: mallory.identity })).body.installations
  const [good] = (await send(proxy.url, 'GET /v1/prekeys', { as: bob.identity })).body.installations
  const invalid = { name: 'EncryptionError', code: 'prekey_invalid' }
  for (const fate of [
    change(good.signed.public_key, theirs.signed.public_key),
    change(good.installation, theirs.installation),
    change(/"signed":\{.*?\}/g, `"signed":${JSON.stringify(theirs.signed)}`),
    change(/"one_time":\{.*?\}/g, `"one_time":${JSON.stringify(theirs.last_resort)}`),
  ]) {
    proxy.fate = () => fate
    await assert.rejects(ada.agent.dm(bob.id).send('secret'), invalid)
  }
  proxy.fate = () => ({ kind: 'pass' })
  assert.deepEqual(await received(bob.agent), [])
})

test('state that was stolen reads nothing that was acknowledged before', async () => {
  await using network = await startBehindProxy()
  const [ada, bob] = [await network.newcomer(), await network.newcomer()]
  const told: DirectMessage[] = []
  for (const text of ['apple', 'banana']) told.push(await ada.agent.dm(bob.id).send(text))
  await collect(bob.agent)
  await bob.agent.dm(ada.id).send('heard')
  await collect(ada.agent)
  told.push(await ada.agent.dm(bob.id).send('cherry'))
  const messages = (await collect(bob.agent)).filter(({ sent }) => !sent)
  assert.deepEqual(
    messages.map(({ text }) => text),
    ['apple', 'banana', 'cherry'],
  )
  for (const { id } of messages) await bob.agent.deleteDm(id)
  const stolen = memoryDmStore()
  const state = await bob.dmStore.exclusively(async (kept) => {
    const names = await kept.names()
    return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await kept.read(name)] as const)))
  })
  for (const { text } of messages) assert.ok(!JSON.stringify(state).includes(text!))
  await stolen.exclusively((kept) => kept.write(state))
  const thief = network.install(bob.identity, stolen)
  for (const { body } of told)
    await send(network.proxy.url, `POST /v1/dm/${bob.id}`, { as: ada.identity, body: { body } })
  const found = await received(thief)
  assert.equal(found.length, 3)
  for (const what of found) assert.match(what!, /already_read|wrong_key_or_tampered/)
})
