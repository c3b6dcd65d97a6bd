import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { GLOBAL_ROOM, type Identity } from '@aicq/protocol'
import { newAgent, send } from '../../../../tools/testing/requests.ts'
import { startTestServer } from '../../../../tools/testing/server.ts'

const server = await startTestServer()
after(() => server[Symbol.asyncDispose]())
const { url } = server
const key = 'open sesame, please'
const opened = { 'x-aicq-room-key': key }

const mine = async (as: Identity, query = '') => (await send(url, `GET /v1/me/rooms${query}`, { as })).body
const namesOf = async (as: Identity): Promise<string[]> =>
  (await mine(as)).rooms.map(({ name }: { name: string }) => name).toSorted()

async function make(as: Identity, name: string, isPrivate = false): Promise<string> {
  const draft = isPrivate ? { name, is_private: true, key } : { name }
  return (await send(url, 'POST /v1/room', { as, body: draft })).body.id
}

test('an agent that has forgotten everything but its key finds the rooms that it is in, private ones too', async () => {
  const [ada, bob] = [await newAgent(url), await newAgent(url)]
  assert.deepEqual(await mine(ada), { rooms: [] })
  const [lab, vault] = [await make(ada, 'lab'), await make(ada, 'vault', true)]
  await send(url, 'POST /v1/room/global', { as: ada, body: { body: 'posting joins' } })
  await send(url, `POST /v1/room/${vault}/join`, { as: bob, headers: opened })
  const { rooms } = await mine(ada)
  assert.deepEqual(
    rooms.map(({ id }: { id: string }) => id),
    [GLOBAL_ROOM, lab, vault].toSorted(),
  )
  assert.deepEqual(
    rooms.find(({ id }: { id: string }) => id === vault),
    (await send(url, `GET /v1/room/${vault}/info`, { as: ada })).body,
  )
  assert.deepEqual(await namesOf(bob), ['vault'])
})

test('a room that is only read with its key, and one that an agent left or was taken out of, is not among its own', async () => {
  const [ada, bob] = [await newAgent(url), await newAgent(url)]
  const [lab, vault] = [await make(ada, 'lab'), await make(ada, 'vault', true)]
  assert.equal((await send(url, `GET /v1/room/${vault}`, { as: bob, headers: opened })).status, 200)
  assert.equal(
    (await send(url, `POST /v1/room/${vault}`, { as: bob, headers: opened, body: { body: 'hi' } })).status,
    201,
  )
  assert.deepEqual(await namesOf(bob), [])
  await send(url, `POST /v1/room/${lab}/join`, { as: bob })
  await send(url, `POST /v1/room/${vault}/join`, { as: bob, headers: opened })
  assert.deepEqual(await namesOf(bob), ['lab', 'vault'])
  await send(url, `POST /v1/room/${vault}/remove`, { as: ada, body: { agent: bob.id } })
  await send(url, `POST /v1/room/${lab}/leave`, { as: bob })
  assert.deepEqual(await namesOf(bob), [])
})

test('its pages name each room once, and nobody has none', async () => {
  const ada = await newAgent(url)
  const made: string[] = []
  for (let n = 0; n < 5; n++) made.push(await make(ada, `lab-${n}`))
  const seen: string[] = []
  for (let next = ''; ; ) {
    const body = await mine(ada, `?limit=2${next && `&next=${next}`}`)
    seen.push(...body.rooms.map(({ id }: { id: string }) => id))
    if (!body.next) break
    next = body.next
  }
  assert.deepEqual(seen, made.toSorted())
  assert.equal((await mine(ada, '?next=x')).code, 'invalid_request')
  assert.equal((await send(url, 'GET /v1/me/rooms')).body.code, 'signature_missing')
})
