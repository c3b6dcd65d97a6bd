import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GLOBAL_ROOM, type Identity, identityFromSeed, newMessageId, signMessage, toBase64 } from '@aicq/protocol'
import { eventually, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'
import { socket } from '../../../../tools/testing/sockets.ts'
import { type OpenTransport, rest, rpc, type Transport } from '../../../../tools/testing/transports.ts'

/** Every way to call operations: what one of them gives, all of them do. */
const transports: Readonly<Record<string, OpenTransport>> = { rest, rpc, socket }

const roomKey = 'open sesame, please'

/** Calls all operations of messages, and gives everything that came back. */
async function script({ call }: Transport, authority: string, [ada, bob, eve]: readonly Identity[]) {
  const outcomes: [step: string, outcome: unknown][] = []
  let step = ''
  const ask = async (as: Identity | undefined, method: string, params: Record<string, unknown> = {}) => {
    const outcome = await call(as, method, params)
    outcomes.push([`${step}: ${method}`, outcome])
    return outcome
  }
  const missing = { room: '01890000-0000-7000-8000-000000000000', message: '01JAAAAAAAAAAAAAAAAAAAAAAA' }

  step = 'a private room'
  const { id: room } = await ask(ada, 'room.create', { name: 'lab', is_private: true, key: roomKey })

  step = 'post'
  const first = await ask(ada, 'message.post', { room, body: 'first' })
  await ask(bob, 'message.post', { room, body: 'with the key', room_key: roomKey, pid: first.id })
  await ask(bob, 'message.post', { room, body: 'without' })
  await ask(undefined, 'message.post', { room: 'global', body: 'unsigned' })
  await ask(eve, 'message.post', { room: 'global', body: 'unknown' })
  await ask(ada, 'message.post', { room: 'global', body: 'é'.repeat(2_049) })
  await ask(ada, 'message.post', { room: 'global' })
  await ask(ada, 'message.post', { room: 'global', body: 'x', more: 1 })
  await ask(ada, 'message.post', { room: 'global', body: 7 })
  await ask(ada, 'message.post', { room: 'nowhere', body: 'x' })
  await ask(ada, 'message.post', { room: 'global', body: 'x', pid: missing.message })
  await ask(ada, 'message.post', { room: 'global', body: 'x', type: 'NOT A TYPE' })
  const id = newMessageId()
  await ask(ada, 'message.post', { room: 'global', body: 'same', id })
  await ask(ada, 'message.post', { room: 'global', body: 'same', id })
  await ask(ada, 'message.post', { room: 'global', body: 'other', id })
  const envelope = {
    at: authority,
    id: newMessageId(),
    from: ada!.id,
    type: 'text',
    body: 'proven',
    created: Date.now(),
  }
  const sig = await signMessage(ada!, { ...envelope, room: GLOBAL_ROOM })
  await ask(undefined, 'message.post', { ...envelope, room: 'global', sig })
  await ask(undefined, 'message.post', { ...envelope, room: 'global', sig, body: 'forged' })
  await ask(bob, 'message.post', { ...envelope, room: 'global', sig })

  step = 'list'
  await ask(undefined, 'message.list', { room: 'global' })
  const page = await ask(ada, 'message.list', { room: 'global', limit: 1, order: 'asc' })
  await ask(ada, 'message.list', { room: 'global', limit: 1, order: 'asc', next: page.next })
  await ask(bob, 'message.list', { room, thread: first.id, room_key: roomKey })
  await ask(undefined, 'message.list', { room })
  await ask(undefined, 'message.list', { room, room_key: 'wrong, but long enough' })
  await ask(undefined, 'message.list', { room: 'global', limit: 201 })
  await ask(undefined, 'message.list', { room: 'global', sort: 'x' })
  await ask(undefined, 'message.list', { room: 'global', next: 'made up' })

  step = 'get'
  await ask(undefined, 'message.get', { room: 'global', message: id.toLowerCase() })
  await ask(undefined, 'message.get', { room, message: first.id })
  await ask(bob, 'message.get', { room, message: first.id, room_key: roomKey })
  await ask(ada, 'message.get', { room: 'global', message: missing.message })
  await ask(ada, 'message.get', { room: 'global', message: 'no id' })

  step = 'ack'
  await ask(bob, 'message.ack', { room, message: first.id, state: 'seen', room_key: roomKey })
  await ask(bob, 'message.ack', { room: 'global', message: id, state: 'failed', note: 'why' })
  await ask(ada, 'message.ack', { room: 'global', message: id, state: 'done' })
  await ask(undefined, 'message.ack', { room: 'global', message: id, state: 'seen' })
  await ask(bob, 'message.ack', { room: 'global', message: id, state: 'delivered' })
  await ask(ada, 'message.get', { room: 'global', message: id })

  step = 'search'
  const search = (params: object) => call(ada, 'message.search', { q: 'same', ...params })
  await eventually(async () => (await search({})).total > 0)
  await ask(ada, 'message.search', { q: 'same' })
  await ask(undefined, 'message.search', { q: 'first', room, room_key: roomKey })
  await ask(undefined, 'message.search', { q: 'first', room })
  await ask(undefined, 'message.search', {})
  await ask(undefined, 'message.search', { q: 'x'.repeat(101) })

  step = 'delete'
  await ask(bob, 'message.delete', { room: 'global', message: id })
  await ask(undefined, 'message.delete', { room: 'global', message: id })
  await ask(ada, 'message.delete', { room: 'global', message: id })
  await ask(ada, 'message.delete', { room: 'global', message: id })
  await ask(ada, 'message.post', { room: 'global', body: 'same', id })

  step = 'direct messages'
  const body = 'A'.repeat(80)
  const sent = await ask(ada, 'dm.send', { agent: bob!.did, body })
  await ask(ada, 'dm.send', { agent: bob!.id, body, id: sent.id })
  await ask(ada, 'dm.send', { agent: bob!.id, body: 'plain' })
  await ask(ada, 'dm.send', { agent: eve!.id, body })
  await ask(undefined, 'dm.send', { agent: bob!.id, body })
  await ask(bob, 'dm.list', { direction: 'received' })
  await ask(ada, 'dm.list', { peer: bob!.id, limit: 0 })
  await ask(undefined, 'dm.list')
  await ask(eve, 'dm.list')
  await ask(ada, 'dm.delete', { message: missing.message })
  await ask(bob, 'dm.delete', { message: sent.id })
  await ask(ada, 'dm.list')
  return outcomes
}

/** What differs from one run to the next, named by when it came up. */
function comparable(outcomes: unknown): unknown {
  const names = new Map<string, string>()
  const nameOf = (text: string) => names.get(text) ?? names.set(text, `#${names.size}`).get(text)
  const times = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/
  return JSON.parse(JSON.stringify(outcomes), (key, value) => {
    if (key === 'request_id') return undefined
    if (key === 'cursor' || key === 'next' || key === 'sig') return 'opaque'
    if ((typeof value === 'number' && value > 1e12) || times.test(value)) return 'time'
    if (typeof value !== 'string') return value
    return value.replaceAll(
      /127\.0\.0\.1:\d+|\b[0-9A-HJKMNP-TV-Z]{26}\b|\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g,
      nameOf as never,
    )
  })
}

/** What the script gave on a server of its own. */
async function outcomesOn(open: OpenTransport): Promise<[step: string, outcome: Record<string, unknown> | null][]> {
  const cast = await Promise.all([1, 2, 3].map((n) => identityFromSeed(new Uint8Array(32).fill(n))))
  await using server = await startTestServer()
  for (const as of cast.slice(0, 2))
    await send(server.url, 'POST /v1/register', { as, keyid: as.did, body: { public_key: toBase64(as.publicKey) } })
  await using transport = await open(server.url)
  return comparable(await script(transport, new URL(server.url).host, cast)) as never
}

test('all operations of messages give the same on every transport, errors included', async () => {
  const { rest: _, ...others } = transports
  const expected = await outcomesOn(rest)
  const codes = expected.map(([, outcome]) => outcome?.code ?? 'done')
  assert.equal(
    [...new Set(codes)].sort().join(' '),
    'agent_not_found agent_unknown body_too_long done id_conflict invalid_id invalid_request message_deleted message_not_found ' +
      'not_author not_ciphertext not_member parent_not_found room_not_found signature_invalid signature_missing',
  )
  for (const [name, open] of Object.entries(others)) {
    const outcomes = await outcomesOn(open)
    for (const [at, [step, outcome]] of outcomes.entries())
      assert.deepEqual([step, outcome], expected[at], `${name}, ${step}`)
    assert.equal(outcomes.length, expected.length)
  }
})
