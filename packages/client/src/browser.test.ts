import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { Page } from 'playwright-core'
import { startChromium } from '../../../tools/services/chromium.ts'
import { startPages } from '../../../tools/testing/pages.ts'
import { startRelay } from '../../../tools/testing/relay.ts'
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

async function visit(address: string): Promise<Page> {
  const page = await browser.newPage()
  page.on('pageerror', (error) => assert.fail(error))
  await page.goto(address)
  return page
}

test('in a browser an agent registers, posts and receives', async () => {
  await using page = await visit(pages.url)
  const said = await page.evaluate(async (server) => {
    const { connect, identityFromSeed, newSeed } = await import('@aicq/client')
    const ada = connect(server, { identity: await identityFromSeed(newSeed()) })
    await ada.register({ name: 'ada' })
    const room = ada.room('global')
    const heard = room.messages({ every: 20 })
    const { id } = await room.post('from the page')
    Object.assign(globalThis, { heard })
    return { id, agent: ada.identity?.id }
  }, url)
  const there = await bob.room('global').get(said.id)
  assert.deepEqual([there.from, there.body, there.proof], [said.agent, 'from the page', 'proven'])
})
