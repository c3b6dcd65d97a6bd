import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Agent, connect } from '../../packages/client/src/index.ts'
import { identityFromSeed, newSeed } from '../../packages/protocol/src/index.ts'
import { startBalancer } from '../cluster/balancer.ts'
import { startCluster } from '../cluster/cluster.ts'
import { freePort } from '../testing/free-port.ts'
import { eventually } from '../testing/requests.ts'
import { everything } from './posts.ts'

test('a rolling restart under load refuses no post and loses none, and streams go on in order', async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  await using cluster = await startCluster(2, {
    PUBLIC_URL: url,
    RATE_LIMIT_WHITELIST: '127.0.0.1',
    STOP_DELAY: '2000',
  })
  await using _balancer = await startBalancer(
    port,
    cluster.nodes.map((node) => node.url),
  )
  await using opened = new AsyncDisposableStack()
  const newcomer = async () => {
    const agent = opened.use(connect(url, { identity: await identityFromSeed(newSeed()) }))
    await agent.register()
    return agent
  }
  const [ada, ...agents] = await Promise.all(Array.from({ length: 8 }, newcomer))
  const { cursor } = await ada!.room('global').read()
  const posted = new Map<string, number>()
  let isOver = false
  const write = async (author: Agent) => {
    for (let n = 0; !isOver; n++) {
      const { id, seq } = await author.room('global').post(`${n}`)
      posted.set(id, seq)
    }
  }
  const heard = Array.from({ length: 4 }, (): string[] => [])
  const read = async (reader: Agent, into: string[]) => {
    for await (const { message } of reader.events({ rooms: ['global'], cursor })) {
      if (message?.body === 'end') return
      if (message) into.push(message.id)
    }
  }
  const writing = Promise.all(agents.slice(0, 3).map(write))
  const reading = Promise.all(agents.slice(3).map((reader, at) => read(reader, heard[at]!)))
  for (const node of [...cluster.nodes, ...cluster.nodes]) {
    const enough = posted.size + 100
    await Promise.race([writing, eventually(async () => posted.size >= enough, 240_000)])
    await node.stop()
    await node.start()
  }
  isOver = true
  await writing
  await ada!.room('global').post('end')
  await reading
  const there = (await everything(cluster.nodes[0]!.url)).slice(0, -1)
  assert.deepEqual(new Map(there.map(({ id, seq }) => [id, seq])), posted)
  for (const ids of heard)
    assert.deepEqual(
      ids,
      there.map(({ id }) => id),
    )
})
