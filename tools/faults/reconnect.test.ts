import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silence } from '../../packages/client/src/events/link.ts'
import { connect } from '../../packages/client/src/index.ts'
import { newMessageId } from '../../packages/protocol/src/index.ts'
import { freePort } from '../testing/free-port.ts'
import { newAgent, send } from '../testing/requests.ts'
import { dataFolder, serve } from '../testing/served.ts'
import { everything } from './posts.ts'
import { reconnectRound } from './reconnect.ts'

// a way that is slow to open, as all are on a busy machine, is not blocked
Object.assign(silence, { opening: 60_000 })

test('whose connections are cut 200 times, and whose ways change, reads each of 10,000 messages once and in order', async () => {
  const { ws, stre, sync, cuts } = await reconnectRound(200, 10_000)
  assert.ok(cuts! >= 200, `${cuts} cuts`)
  assert.ok(ws! > 0 && stre! > 0 && sync! > 0, `${ws} sockets, ${stre} streams, ${sync} polls`)
})

test('who reads while the server is killed and started again gets each message once and in order', async () => {
  using folder = dataFolder()
  const launch = { environment: { PORT: String(await freePort()) } }
  let server = await serve(folder.path, launch)
  try {
    const { url } = server
    const author = await newAgent(url)
    await using reader = connect(url, { identity: author })
    const post = async (body: string) => {
      const document = { id: newMessageId(), body }
      for (let status = 0; status !== 200 && status !== 201; )
        status = (await send(url, 'POST /v1/room/global', { as: author, body: document }).catch(() => ({ status: 0 })))
          .status
    }
    const { cursor } = await reader.room('global').read()
    const events = reader.events({ rooms: ['global'], cursor })
    await events.ready()
    const writing = (async () => {
      for (let n = 1; n <= 60; n++) {
        await post(`${n}`)
        if (n % 20 !== 0) continue
        await server.kill()
        server = await serve(folder.path, launch)
      }
      await post('end')
    })()
    const heard: string[] = []
    for await (const { message } of events) {
      if (message) heard.push(message.body)
      if (message?.body === 'end') break
    }
    await writing
    const all = (await everything(url)).map(({ body }) => body)
    assert.equal(all.length, 61)
    assert.deepEqual(heard, all)
  } finally {
    await server[Symbol.asyncDispose]()
  }
})
