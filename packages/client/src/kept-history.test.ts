import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newKey } from '../../../tools/testing/keys.ts'
import { startBehindProxy } from './sessions/testing/network.ts'

/** Ada, who keeps a store, and bob, who has rotated; `hide` has the server say nothing of it. */
async function startWithRotated() {
  await using opened = new AsyncDisposableStack()
  const network = opened.use(await startBehindProxy())
  const ada = await network.newcomer()
  const first = await newKey()
  const bob = network.install(first)
  await bob.register()
  const next = await newKey(first.id)
  const hide = () => {
    network.proxy.fate = (line) => ({
      kind: 'change',
      change: (text) => {
        if (!line.endsWith(`/agent/${first.id}/keys`)) return text
        const { agent, operations } = JSON.parse(text)
        return JSON.stringify({ agent, operations: operations.slice(0, 1) })
      },
    })
  }
  /** Another program with ada's store. */
  const another = () => network.install(ada.identity, ada.dmStore)
  const kept = () => ada.dmStore.exclusively((kept) => kept.names())
  const isKept = async () => (await kept()).includes(`keys-${first.id}`)
  const closing = opened.move()
  const names = { network, ada, bob, first, next, hide, another, isKept }
  return { ...names, [Symbol.asyncDispose]: () => closing.disposeAsync() }
}

test('a key that was given up gets nothing from who knew that, when the program has started again', async () => {
  await using rotated = await startWithRotated()
  const { ada, bob, first, next, hide, another } = rotated
  await bob.rotate(next)
  assert.equal((await ada.agent.dm(first.id).send('to the second key')).key, next.did)
  hide()
  assert.equal((await another().dm(first.id).send('and this')).key, next.did)
})

test('what one program learns of a key, others with its store know', async () => {
  await using rotated = await startWithRotated()
  const { ada, bob, first, next, hide, another } = rotated
  assert.equal((await ada.agent.dm(first.id).send('to the first key')).key, first.did)
  await bob.rotate(next)
  assert.equal((await another().keys(first.id)).key, next.did)
  hide()
  assert.equal((await ada.agent.dm(first.id).send('to the second key')).key, next.did)
})

test('the history of an agent of whom nothing was asked, whatever it says in rooms, fills no store', async () => {
  await using rotated = await startWithRotated()
  const { network, ada, bob, first, next, isKept } = rotated
  await bob.rotate(next)
  const posted = await network.install(next).room('global').post('hello')
  assert.equal((await ada.agent.room('global').get(posted.id)).proof, 'proven')
  assert.equal(await isKept(), false)
  await ada.agent.keys(first.id)
  assert.equal(await isKept(), true)
})
