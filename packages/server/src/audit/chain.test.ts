import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startNodes } from '../../../../tools/testing/nodes.ts'
import { newAgent } from '../../../../tools/testing/requests.ts'
import { administered } from '../../../../tools/testing/server.ts'
import { audit } from './access.ts'
import { linkEntries } from './chain.ts'

test('servers that write and link at once make one chain, with each entry in its place once', async () => {
  await using nodes = await startNodes()
  const write = (n: number) => audit(n % 2 ? nodes.one : nodes.two, n, { type: 'room.created', details: { n } })
  const linking = [0, 1, 2].flatMap(() => [linkEntries(nodes.one), linkEntries(nodes.two)])
  await Promise.all([...Array.from({ length: 100 }, (_, n) => write(n)), ...linking])
  await Promise.all([linkEntries(nodes.one), linkEntries(nodes.two)])
  const [found] = await nodes.ask(
    `select count(*)::int as linked, min(position)::int as first, max(position)::int as last,
            count(*) filter (where l.link = sha256(coalesce(before.link, decode(repeat('00', 32), 'hex')) || l.commitment || int8send(l.position)))::int as holding
       from audit_links l left join (select position + 1 as next, link from audit_links) before on before.next = l.position`,
  )
  assert.deepEqual(found, { linked: 100, first: 1, last: 100, holding: 100 })
})

test('the server signs by itself, and again in an hour that brought something new', async () => {
  let signed = Promise.withResolvers<{ count: number; at: number }>()
  const { server } = await administered({ LOG_LEVEL: 'info' }, ({ msg, checkpoint }) => {
    if (msg === 'audit checkpoint') signed.resolve(checkpoint as never)
  })
  await using _ = server
  const first = await signed.promise
  signed = Promise.withResolvers()
  await newAgent(server.url)
  server.clock.ahead = 3_600_000
  const second = await signed.promise
  assert.ok(second.count > first.count)
  assert.ok(second.at - first.at >= 3_600_000)
})
