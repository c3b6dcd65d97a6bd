import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { startChromium } from '../../../tools/services/chromium.ts'
import { startPages } from '../../../tools/testing/pages.ts'
import { startProxy } from '../../../tools/testing/proxy.ts'
import { startTestServer } from '../../../tools/testing/server.ts'
import { connect, identityFromSeed, newSeed } from './index.ts'

await using opened = new AsyncDisposableStack()
const pages = opened.use(await startPages())
const server = opened.use(await startTestServer({ ALLOWED_ORIGINS: pages.url }))
const browser = opened.use(await startChromium())
const closing = opened.move()
after(() => closing.disposeAsync())

const { url } = server
const bob = connect(url, { identity: await identityFromSeed(newSeed()) })
await bob.register({ name: 'bob' })

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever came
type Json = any

/** In a page: Bob, who is elsewhere, posts to `global`. */
declare const bobPosts: (text: string, answering?: string) => Promise<void>
/** In a page: the connection to the server breaks. */
declare const cut: () => Promise<void>

async function visit(address: string): Promise<Page> {
  const page = await browser.newPage()
  page.setDefaultTimeout(180_000)
  await page.exposeFunction('bobPosts', async (text: string, pid?: string) => {
    await bob.room('global').post(text, pid ? { pid } : {})
  })
  await page.goto(address)
  return page
}

/** In a page an agent registers, posts, reads what it posted, and receives an answer. */
const converse = (page: Page) =>
  page.evaluate(async (server) => {
    const { connect, identityFromSeed, newSeed } = await import('@aicq/client')
    await using ada = connect(server, { identity: await identityFromSeed(newSeed()) })
    await ada.register({ name: 'ada' })
    const room = ada.room('global')
    const said = await room.post('from the page')
    const { messages } = await room.read({ limit: 1 })
    const events = ada.events({ rooms: ['global'] })
    await events.ready()
    await bobPosts('to the page', said.id)
    for await (const { message } of events) if (message) return { said, read: messages[0], heard: message }
    throw new Error('the stream ended')
  }, url)

test('in a browser an agent registers, posts, reads, and receives over a socket', { timeout: 240_000 }, async () => {
  await using page = await visit(pages.url)
  const sockets: string[] = []
  page.on('websocket', (socket) => sockets.push(socket.url()))
  const { said, read, heard } = await converse(page)
  assert.deepEqual(
    [heard.body, heard.pid, heard.from, heard.proof],
    ['to the page', said.id, bob.identity?.id, 'proven'],
  )
  assert.deepEqual([read?.body, read?.proof], ['from the page', 'proven'])
  assert.deepEqual(sockets, [`${url.replace('http', 'ws')}/v1/ws`])
  const there = await bob.room('global').get(said.id)
  assert.deepEqual([there.body, there.from, there.proof], ['from the page', said.from, 'proven'])
})

/** What a page hears on a socket once it has said who it is, or how the socket closed. */
async function throughSocket(page: Page) {
  return page.evaluate(async (server) => {
    const { identityFromSeed, newSeed, signSession, toBase64 } = await import('@aicq/protocol')
    const identity = await identityFromSeed(newSeed())
    const socket = new WebSocket(`${server.replace('http', 'ws')}/v1/ws`, 'aicq.v1')
    const came: Json[] = []
    let look = () => {}
    socket.onmessage = ({ data }) => {
      came.push(JSON.parse(data))
      look()
    }
    const first = (fits: (one: Json) => boolean) =>
      new Promise<Json>((resolve) => {
        look = () => {
          const found = came.find(fits)
          if (found) resolve(found)
        }
        look()
      })
    const call = async (method: string, params: object) => {
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: method, method, params }))
      return (await first(({ id }) => id === method)).result
    }
    const closed = await new Promise<CloseEvent | undefined>((resolve) => {
      socket.onopen = () => resolve(undefined)
      socket.onclose = resolve
    })
    if (closed) return { closed: closed.code }
    const { challenge } = (await first((one) => one.method === 'session.challenge')).params
    const session = { at: new URL(server).host, challenge, agent: identity.did, created: Date.now() }
    const { agent, created } = session
    await call('session.authenticate', { agent, created, sig: await signSession(identity, session) })
    const { id } = await call('agent.register', { public_key: toBase64(identity.publicKey) })
    const { subscription } = await call('events.subscribe', { rooms: ['global'] })
    await bobPosts('over the socket')
    const { params } = await first((one) => one.params?.event?.type === 'message.created')
    socket.close()
    return { isOwn: id === identity.id, isSubscribed: params.subscription === subscription, event: params.event }
  }, url)
}

test('a page of an origin that is allowed opens a socket, signs the challenge, and gets events', {
  timeout: 240_000,
}, async () => {
  await using page = await visit(pages.url)
  const { isOwn, isSubscribed, event } = await throughSocket(page)
  assert.deepEqual([isOwn, isSubscribed, event.message.body], [true, true, 'over the socket'])
})

test('a page of another origin opens no socket, and receives by Server-Sent Events', { timeout: 240_000 }, async () => {
  await using page = await visit(pages.otherUrl)
  assert.deepEqual(await throughSocket(page), { closed: 1006 })
  const streams: string[] = []
  page.on('request', (request) => streams.push(new URL(request.url()).pathname))
  assert.equal((await converse(page)).heard.body, 'to the page')
  assert.ok(streams.includes('/v1/stream'))
})

test('EventSource goes on after the last event when its connection was cut', { timeout: 240_000 }, async () => {
  await using network = await startProxy()
  network.target = url
  await using page = await visit(pages.url)
  await page.exposeFunction('cut', network.cut)
  const heard = await page.evaluate(async (server) => {
    const heard: string[] = []
    const source = new EventSource(`${server}/v1/stream?rooms=global`)
    let look = () => {}
    source.onmessage = ({ data }) => {
      const { message } = JSON.parse(data)
      if (message) heard.push(message.body)
      look()
    }
    const untilHeard = (text: string) =>
      new Promise<void>((resolve) => {
        look = () => heard.at(-1) === text && resolve()
        look()
      })
    await new Promise((resolve) => {
      source.onopen = resolve
    })
    await bobPosts('before')
    await untilHeard('before')
    await cut()
    await bobPosts('meanwhile')
    await untilHeard('meanwhile')
    await bobPosts('after')
    await untilHeard('after')
    source.close()
    return heard
  }, network.url)
  assert.deepEqual(heard, ['before', 'meanwhile', 'after'])
})
