import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  acceptSession,
  decryptDm,
  decryptInSession,
  dmVersionOf,
  encryptDm,
  encryptInSession,
  fromBase64,
  readDmV2,
  startSession,
  toBase64,
} from '../index.ts'
import { newEnd, now, random, talking } from './testing/ends.ts'

test('a first message is read by an end that was away, and the answer by the first', async () => {
  const [ada, bob] = [await newEnd(), await newEnd()]
  await ada.begin(bob)
  const [first, second] = [ada.send('hello'), ada.send('still there?')]
  const accepted = await bob.accept(ada, first)
  assert.equal(new TextDecoder().decode(accepted.bytes), 'hello')
  assert.deepEqual(bob.session.peer, {
    agent: ada.us.identity.id,
    installation: ada.us.installation,
    key: ada.us.identity.did,
  })
  assert.equal(bob.read(second), 'still there?')
  assert.equal(ada.read(bob.send('yes')), 'yes')
  assert.equal(readDmV2(second).opening?.installation, ada.us.installation)
  assert.equal(readDmV2(ada.send('good')).opening, undefined)
  assert.equal(bob.session.id, ada.session.id)
})

test('messages arrive in any order, twice or never, 1,000 each way, and each is read once', async () => {
  const [ada, bob] = [await newEnd(), await newEnd()]
  await ada.begin(bob)
  await bob.accept(ada, ada.send('hello'))
  const next = random(20_260_101)
  const ways = [
    { from: ada, to: bob, sent: 0, waiting: [] as { body: string; text: string }[] },
    { from: bob, to: ada, sent: 0, waiting: [] as { body: string; text: string }[] },
  ]
  let [read, lost, refused] = [0, 0, 0]
  while (ways.some(({ sent, waiting }) => sent < 1_000 || waiting.length > 0)) {
    const way = ways[next() < 0.5 ? 0 : 1]!
    if (way.sent < 1_000 && next() < 0.5) {
      const text = `${way.sent++} ${'x'.repeat(next() * 50)}`
      way.waiting.push({ body: way.from.send(text), text })
    }
    if (way.waiting.length === 0 || next() < 0.3) continue
    const [{ body, text }] = way.waiting.splice(next() < 0.7 ? 0 : Math.floor(next() * way.waiting.length), 1) as [
      { body: string; text: string },
    ]
    if (next() < 0.05) {
      lost++
      continue
    }
    assert.equal(way.to.read(body), text)
    read++
    if (next() > 0.1) continue
    const before = way.to.session
    assert.throws(() => way.to.read(body), { name: 'EncryptionError' })
    assert.deepEqual(way.to.session, before)
    refused++
  }
  assert.equal(read + lost, 2_000)
  assert.ok(lost > 50 && refused > 100)
})

test('every byte of a body counts, in first messages and later ones, and a failure changes nothing', async () => {
  const [ada, bob] = [await newEnd(), await newEnd()]
  await ada.begin(bob)
  const first = ada.send('hello')
  for (const body of changed(first))
    await assert.rejects(
      acceptSession(bob.us, ada.party, (id) => bob.secrets.get(id), body),
      { name: 'EncryptionError' },
    )
  await bob.accept(ada, first)
  ada.read(bob.send('hello yourself'))
  const later = ada.send('and now?')
  const before = bob.session
  for (const body of changed(later)) assert.throws(() => bob.read(body), { name: 'EncryptionError' })
  assert.deepEqual(bob.session, before)
  assert.equal(bob.read(later), 'and now?')
})

function* changed(body: string): Generator<string> {
  for (let at = 0; at < fromBase64(body)!.length; at++)
    for (const bit of [1, 0x80]) {
      const bytes = fromBase64(body)!
      bytes[at]! ^= bit
      yield toBase64(bytes)
    }
}

test('a message that was read is not read again', async () => {
  const [ada, bob] = await talking()
  const body = ada.send('once')
  assert.equal(bob.read(body), 'once')
  assert.throws(() => bob.read(body), { code: 'already_read' })
  ada.read(bob.send('an answer'))
  bob.read(ada.send('another chain'))
  assert.throws(() => bob.read(body), { code: 'wrong_key_or_tampered' })
})

test('a first message that used up a prekey begins no second session', async () => {
  const [ada, bob] = [await newEnd(), await newEnd()]
  await ada.begin(bob)
  const first = ada.send('hello')
  assert.equal((await bob.accept(ada, first)).replayable, false)
  await assert.rejects(bob.accept(ada, first), { code: 'prekey_unknown' })
})

test('one that used the last resort is known by its id, whichever message of it comes', async () => {
  const [ada, bob] = [await newEnd(), await newEnd()]
  const bundle = { signed: await bob.publish('signed'), one_time: await bob.publish('last-resort') }
  ada.session = await startSession(ada.us, bob.party, bundle, now)
  const [first, second] = [ada.send('hello'), ada.send('hello again')]
  const ids = []
  for (const body of [first, first, second]) {
    const { replayable, firstMessageId, spent } = await bob.accept(ada, body)
    assert.equal(replayable, true)
    assert.equal(spent, undefined)
    ids.push(firstMessageId)
  }
  assert.deepEqual(ids, [ids[0], ids[0], ids[0]])
  ada.session = await startSession(ada.us, bob.party, bundle, now)
  assert.notEqual((await bob.accept(ada, ada.send('hello'))).firstMessageId, ids[0])
})

test('wrong identity keys, ids and installations begin nothing', async () => {
  const [ada, bob, eve] = [await newEnd(), await newEnd(), await newEnd()]
  await ada.begin(bob)
  const first = ada.send('hello')
  const prekeys = (id: string) => bob.secrets.get(id)
  const { agent, publicKey } = ada.party
  await assert.rejects(acceptSession(bob.us, eve.party, prekeys, first), { code: 'wrong_identity' })
  await assert.rejects(acceptSession(bob.us, { agent: eve.party.agent, publicKey }, prekeys, first), {
    code: 'wrong_session',
  })
  const elsewhere = { identity: bob.us.identity, installation: eve.us.installation }
  await assert.rejects(acceptSession(elsewhere, ada.party, prekeys, first), { code: 'wrong_session' })
  const asEve = { identity: eve.us.identity, installation: bob.us.installation }
  await assert.rejects(acceptSession(asEve, ada.party, prekeys, first), { code: 'wrong_session' })
  assert.equal((await acceptSession(bob.us, { agent, publicKey }, prekeys, first)).session.id, ada.session.id)
})

test('a server that gives its own prekeys for those of the recipient is found out', async () => {
  const [ada, bob, eve] = [await newEnd(), await newEnd(), await newEnd()]
  const [theirs, mine] = [await bob.bundle(), await eve.bundle()]
  const start = (bundle: typeof mine) => startSession(ada.us, bob.party, bundle, now)
  await assert.rejects(start(mine), { code: 'prekey_invalid' })
  await assert.rejects(start({ ...theirs, one_time: mine.one_time }), { code: 'prekey_invalid' })
  const renamed = { ...mine.signed, agent: bob.party.agent, installation: bob.party.installation }
  await assert.rejects(start({ ...theirs, signed: renamed }), { code: 'prekey_invalid' })
  await assert.rejects(startSession(ada.us, bob.party, theirs, now + 1_000), { code: 'prekey_expired' })
})

test('both ends may begin at once', async () => {
  const [ada, bob] = [await newEnd(), await newEnd()]
  await ada.begin(bob)
  await bob.begin(ada)
  const [mine, theirs] = [ada.send('hello'), bob.send('hello')]
  assert.notEqual(readDmV2(mine).session, readDmV2(theirs).session)
  await bob.accept(ada, mine)
  await ada.accept(bob, theirs)
})

test('what is of another form, session or length is refused with the reason', async () => {
  const [ada, bob] = await talking()
  const [, other] = await talking()
  const old = encryptDm(bob.us.identity.publicKey, 'hello, and a text that is long enough for the other form')
  assert.equal(dmVersionOf(old), 'aicq-dm-v1')
  assert.equal(dmVersionOf('hello'), undefined)
  assert.throws(() => decryptInSession(bob.session, old), { code: 'wrong_version' })
  await assert.rejects(decryptDm(bob.us.identity, ada.send('hello')), { code: 'wrong_version' })
  assert.throws(() => bob.read(other.send('hello')), { code: 'wrong_session' })
  await assert.rejects(bob.accept(ada, ada.send('no opening')), { code: 'wrong_session' })
  assert.throws(() => ada.send('x'.repeat(6_063)), { code: 'too_long' })
  assert.throws(() => ada.send('half \ud83d'), { code: 'not_utf8' })
  assert.equal(ada.send('x'.repeat(6_062)).length, 8_192)
  assert.deepEqual(
    decryptInSession(bob.session, encryptInSession(ada.session, Uint8Array.of(255)).body).bytes,
    Uint8Array.of(255),
  )
})
