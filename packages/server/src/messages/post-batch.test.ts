import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encryptDm, GLOBAL_ROOM, type Identity, newMessageId, signMessage } from '@aicq/protocol'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

type Item = Record<string, unknown>
type Result = { message?: { id: string; seq: number; body: string }; dm?: { id: string }; error?: { code: string } }

async function batch(url: string, items: Item[], options: Parameters<typeof send>[2]): Promise<Result[]> {
  const { status, body } = await send(url, 'POST /v1/batch', { body: { items }, ...options })
  assert.equal(status, 200)
  return body.results
}
const codes = (results: Result[]) => results.map(({ error }) => error?.code ?? 'done')

async function proven(url: string, as: Identity, body: string) {
  const envelope = { at: new URL(url).host, id: newMessageId(), from: as.id, type: 'text', body, created: Date.now() }
  return { ...envelope, room: 'global', sig: await signMessage(as, { ...envelope, room: GLOBAL_ROOM }) }
}

test('one signed request posts to several rooms and agents, and each item has its own result', async () => {
  await using server = await startTestServer()
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  const key = 'open sesame, please'
  const made = { name: 'hers', is_private: true, key }
  const room = (await send(server.url, 'POST /v1/room', { as: ada, body: made })).body.id
  const ciphertext = encryptDm(ada.publicKey, 'hidden')
  const results = await batch(
    server.url,
    [
      { room: 'global', body: 'to all' },
      { room, body: 'with the key', room_key: key },
      { agent: ada.did, body: ciphertext },
      { room: crypto.randomUUID(), body: 'to nobody' },
      { room: 'global', body: 'x'.repeat(4_097) },
      { room: 'global', agent: ada.id, body: ciphertext },
      { body: 'nowhere' },
      { room: 7, body: 'wrong' },
      { room: 'global', body: 'last', unknown: true },
    ],
    { as: bob },
  )
  assert.deepEqual(codes(results), [
    ...['done', 'done', 'done', 'room_not_found', 'body_too_long'],
    ...['invalid_request', 'invalid_request', 'invalid_request', 'invalid_request'],
  ])
  const { messages } = (await send(server.url, 'GET /v1/room/global')).body
  assert.deepEqual(messages, [results[0]!.message])
  assert.equal((await send(server.url, `GET /v1/room/${room}`, { as: ada })).body.messages[0].body, 'with the key')
  assert.deepEqual((await send(server.url, 'GET /v1/dm', { as: ada })).body.messages, [results[2]!.dm])
})

test('what goes to one room gets rising numbers in the order of the items, whoever else posts there', async () => {
  await using server = await startTestServer()
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  // those that prove their author take longer to look at
  const items = (as: Identity) =>
    Promise.all(
      Array.from({ length: 30 }, async (_, at) =>
        at % 3 === 0 ? proven(server.url, as, `${at}`) : { room: 'global', body: `${at}` },
      ),
    )
  const both = await Promise.all([ada, bob].map(async (as) => batch(server.url, await items(as), { as })))
  for (const results of both) {
    const seqs = results.map(({ message }) => message!.seq)
    assert.deepEqual(
      seqs,
      seqs.toSorted((a, b) => a - b),
    )
  }
})

test('a batch that arrives again repeats nothing, and ids make it the same messages', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const [one, two] = [newMessageId(), newMessageId()]
  const items = [
    { room: 'global', body: 'first', id: one },
    { room: 'global', body: 'second', id: two },
  ]
  const same = { as: ada, nonce: 'a-nonce-for-the-batch-', now: Date.now() }
  const first = await batch(server.url, items, same)
  assert.deepEqual(codes(await batch(server.url, items, same)), ['nonce_used', 'nonce_used'])
  assert.deepEqual(await batch(server.url, items, { as: ada }), first)
  assert.equal((await send(server.url, 'GET /v1/room/global')).body.messages.length, 2)
})

test('items that prove their authors need no signed request', async () => {
  await using server = await startTestServer()
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  const items = [
    await proven(server.url, ada, 'by ada'),
    await proven(server.url, bob, 'by bob'),
    { room: 'global', body: 'by whom' },
  ]
  assert.deepEqual(codes(await batch(server.url, items, {})), ['done', 'done', 'signature_missing'])
  assert.deepEqual(codes(await batch(server.url, items, { as: ada })), ['done', 'signature_invalid', 'done'])
})

test('each item counts as a message of its own', async () => {
  await using server = await startTestServer({
    RATE_LIMIT_WHITELIST: '',
    LIMIT_MESSAGE_POST: '2/60',
    LIMIT_DM_SEND: '1/60',
  })
  const ada = await newAgent(server.url)
  const said = { room: 'global', body: 'word' }
  const written = { agent: ada.id, body: 'A'.repeat(80) }
  const results = await batch(server.url, [said, said, said, written, written], { as: ada })
  assert.deepEqual(codes(results), ['done', 'done', 'rate_limited', 'done', 'rate_limited'])
})

test('a batch has between one and a hundred items, and 512 KiB at most', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const refused = async (items: unknown) =>
    (await send(server.url, 'POST /v1/batch', { as: ada, body: { items } })).body.code
  assert.equal(await refused([]), 'invalid_request')
  assert.equal(await refused(Array(101).fill({})), 'invalid_request')
  assert.equal(await refused(['text']), 'invalid_request')
  assert.equal(await refused([{ room: 'global', body: 'x'.repeat(524_288) }]), 'request_too_large')
  const most = Array(100).fill({ room: 'global', body: 'x'.repeat(4_096) })
  const results = await batch(server.url, most, { as: ada })
  assert.deepEqual(results.at(-1)!.message!.seq, 100)
})
