import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decryptInSession, readDmV2, type Session, toBase64 } from '../index.ts'
import { type End, talking } from './testing/ends.ts'

/** Neither the state as it is, nor one that was turned back to the message with any key that is in it. */
function cannotRead(session: Session, bodies: readonly string[]): void {
  const { ratchet } = session
  for (const body of bodies) {
    const { message } = readDmV2(body)
    const [theirs, next] = [toBase64(message.subarray(0, 32)), new DataView(message.slice(36).buffer).getUint32(0)]
    const turnedBack = [ratchet.receiving!, ratchet.sending!].map(({ key }) => ({
      ...session,
      ratchet: { ...ratchet, theirs, receiving: { key, next } },
    }))
    assert.throws(() => decryptInSession(session, body), { name: 'EncryptionError' })
    for (const state of turnedBack)
      assert.throws(() => decryptInSession(state, body), { code: 'wrong_key_or_tampered' })
  }
}

/** Both send and read `turns` times; all bodies. */
function exchange([ada, bob]: readonly [End, End], turns: number): { toAda: string[]; toBob: string[] } {
  const bodies = { toAda: [] as string[], toBob: [] as string[] }
  for (let turn = 0; turn < turns; turn++) {
    for (let message = 0; message < 3; message++) bodies.toBob.push(ada.send(`${turn} ${message}`))
    for (const body of bodies.toBob.slice(-3)) bob.read(body)
    bodies.toAda.push(bob.send(`${turn}`))
    ada.read(bodies.toAda.at(-1)!)
  }
  return bodies
}

test('a stolen state reads none of the messages before it, of either direction', async () => {
  const ends = await talking()
  const { toAda, toBob } = exchange(ends, 5)
  for (const end of ends) cannotRead(end.session, [...toAda, ...toBob])
  const last = [ends[0].send('in the middle'), ends[0].send('of a chain')]
  for (const body of last) assert.ok(ends[1].read(body))
  for (const end of ends) cannotRead(end.session, last)
})

test('a stolen state holds no key that the ends used before', async () => {
  const [ada, bob] = await talking()
  const values = (session: Session): string[] => {
    const { root, ours, sending, receiving } = session.ratchet
    return [root, ours.secret, sending!.key, receiving!.key]
  }
  const old = [...values(ada.session), ...values(bob.session)]
  exchange([ada, bob], 2)
  for (const end of [ada, bob])
    for (const value of old) assert.equal(JSON.stringify(end.session).includes(value), false)
})

test('once both have written anew, a state that was stolen reads nothing more', async () => {
  const [ada, bob] = await talking()
  const stolen = bob.session
  const still = ada.send('still in the chain that was stolen')
  assert.ok(decryptInSession(stolen, still))
  bob.read(still)
  ada.read(bob.send('a key that the thief has not'))
  bob.read(ada.send('one more'))
  ada.read(bob.send('and one more'))
  cannotRead(stolen, [ada.send('healed')])
})

test('the key of a message is erased when it is used, also when it came late', async () => {
  const [ada, bob] = await talking()
  const [late, ...others] = [ada.send('late'), ada.send('1'), ada.send('2')]
  for (const body of others) bob.read(body)
  assert.equal(bob.session.ratchet.skipped.length, 1)
  assert.equal(bob.read(late!), 'late')
  assert.deepEqual(bob.session.ratchet.skipped, [])
  assert.throws(() => bob.read(late!), { code: 'already_read' })
})

test('messages of a chain that ended are read when they come', async () => {
  const [ada, bob] = await talking()
  const [first, late] = [ada.send('first'), ada.send('late')]
  bob.read(first)
  ada.read(bob.send('an answer'))
  assert.equal(bob.read(ada.send('the next chain')), 'the next chain')
  assert.equal(bob.read(late), 'late')
})

test('1,000 messages of a chain may be missing at once, in this chain or at the end of the one before', async () => {
  const [ada, bob] = await talking()
  const send = (count: number) => Array.from({ length: count }, () => ada.send(''))
  const last = send(1_002).at(-1)!
  assert.throws(() => bob.read(last), { code: 'too_many_skipped' })
  ada.read(bob.send('an answer'))
  const next = ada.send('the next chain')
  assert.throws(() => bob.read(next), { code: 'too_many_skipped' })
})

test('2,000 keys are kept in all, and the oldest are given up first', async () => {
  const [ada, bob] = await talking()
  const missing: string[] = []
  for (let chain = 0; chain < 3; chain++) {
    for (let message = 0; message < 700; message++) missing.push(ada.send(`${chain} ${message}`))
    bob.read(ada.send('here'))
    ada.read(bob.send('an answer'))
  }
  assert.equal(bob.session.ratchet.skipped.length, 2_000)
  assert.throws(() => bob.read(missing[99]!), { name: 'EncryptionError' })
  assert.equal(bob.read(missing[100]!), '0 100')
  assert.equal(bob.read(missing[2_099]!), '2 699')
  assert.equal(bob.session.ratchet.skipped.length, 1_998)
})
