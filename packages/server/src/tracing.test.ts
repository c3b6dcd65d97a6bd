import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { encryptDm, type Identity } from '@aicq/protocol'
import { eventually, newAgent, send } from '../../../tools/testing/requests.ts'
import { startTestServer } from '../../../tools/testing/server.ts'
import { dial } from '../../../tools/testing/sockets.ts'
import { readTraceparent } from './tracing.ts'

const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
const given = `00-${trace}-00f067aa0ba902b7-01`

const post = (url: string, as: Identity, body: string, traceparent?: string) =>
  send(url, 'POST /v1/room/global', { as, body: { body }, ...(traceparent ? { headers: { traceparent } } : {}) })

/** The events after a cursor, and the cursor after them. */
async function eventsAfter(url: string, as: Identity, cursor?: string) {
  const { body } = await send(url, `GET /v1/sync?rooms=global&dms=true${cursor ? `&cursor=${cursor}` : ''}`, { as })
  return body as { cursor: string; events: { type: string; traceparent?: string; message?: { body: string } }[] }
}

interface SpanSent {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { key: string; value: { stringValue?: string; intValue?: number } }[]
}

/** Somebody else's collector: keeps what it is sent as OTLP in JSON. */
async function startCollector() {
  const spans: SpanSent[] = []
  const seen: { path: string | undefined; key: string | undefined; service: unknown }[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part)
    const { resourceSpans } = JSON.parse(Buffer.concat(parts).toString())
    for (const { resource, scopeSpans } of resourceSpans) {
      seen.push({
        path: request.url,
        key: request.headers['x-key'] as string | undefined,
        service: resource.attributes.find(({ key }: { key: string }) => key === 'service.name')?.value.stringValue,
      })
      for (const scope of scopeSpans) spans.push(...scope.spans)
    }
    response.setHeader('content-type', 'application/json').end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { spans, seen, url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => void server.close() }
}

test('a trace leads from a request through its append to its delivery, and on to what another agent does because of it', async () => {
  await using collector = await startCollector()
  await using server = await startTestServer({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-key=secret',
  })
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  await using reader = await dial(server.url, { as: bob })
  await reader.call('events.subscribe', { rooms: ['global'] })
  const first = await post(server.url, ada, 'question', given)
  const told = (await reader.told('event', ({ event }) => event.type === 'message.created')).event
  assert.equal(first.headers.get('traceparent')?.slice(3, 35), trace)
  assert.equal(told.traceparent, first.headers.get('traceparent'))
  await reader.call('message.post', { room: 'global', body: 'answer', traceparent: told.traceparent })
  await reader.told('event', ({ event }) => event.message?.body === 'answer')
  await send(server.url, 'GET /v1/room/nowhere', { headers: { traceparent: given } })
  await server.stop() // what has been told goes out
  const of = (name: string) => collector.spans.filter((span) => span.name === name && span.traceId === trace)
  await eventually(async () => of('deliver').length >= 2 && of('message.list').length > 0) // it may arrive after the stop

  const [question, answer] = of('message.post')
  assert.equal(question!.parentSpanId, '00f067aa0ba902b7')
  assert.equal(answer!.parentSpanId, question!.spanId)
  for (const name of ['append', 'deliver'])
    assert.deepEqual(
      of(name).map(({ parentSpanId }) => parentSpanId),
      [question!.spanId, answer!.spanId],
      name,
    )
  for (const { startTimeUnixNano, endTimeUnixNano } of collector.spans)
    assert.ok(BigInt(startTimeUnixNano) <= BigInt(endTimeUnixNano))
  const [refused] = of('message.list')
  assert.deepEqual(refused!.attributes.find(({ key }) => key === 'error.type')?.value, {
    stringValue: 'invalid_id',
  })
  assert.deepEqual(
    new Set(collector.seen.map((one) => JSON.stringify(one))),
    new Set([JSON.stringify({ path: '/v1/traces', key: 'secret', service: 'aicq' })]),
  )
})

test('what happens to rooms, agents and direct messages belongs to a trace as messages do', async () => {
  await using server = await startTestServer()
  const [ada, bob] = [await newAgent(server.url), await newAgent(server.url)]
  const { cursor } = await eventsAfter(server.url, bob)
  const options = { as: ada, headers: { traceparent: given } }
  for (const [line, body] of [
    ['POST /v1/room', { name: 'lab' }],
    [`POST /v1/dm/${bob.id}`, { body: encryptDm(bob.publicKey, 'psst') }],
    ['POST /v1/batch', { items: [{ room: 'global', body: 'many' }] }],
  ] as const)
    assert.ok((await send(server.url, line, { ...options, body })).status < 300, line)
  const { events } = await eventsAfter(server.url, bob, cursor)
  const types = events.filter(({ traceparent }) => traceparent === given).map(({ type }) => type)
  assert.deepEqual(types, ['room.created', 'dm.received', 'message.created'])
})

test('a server without traces passes on the trace of a request, and one that is not well-formed it does not', async () => {
  await using server = await startTestServer()
  const ada = await newAgent(server.url)
  const { cursor } = await eventsAfter(server.url, ada)
  for (const traceparent of [given, undefined, `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, 'nonsense'])
    assert.equal((await post(server.url, ada, 'x', traceparent)).headers.get('traceparent'), null)
  const { events } = await eventsAfter(server.url, ada, cursor)
  assert.deepEqual(
    events.filter(({ type }) => type === 'message.created').map(({ traceparent }) => traceparent),
    [given, undefined, undefined, undefined],
  )
})

test('a traceparent is read as the standard says', () => {
  assert.equal(readTraceparent(given), given)
  assert.equal(readTraceparent(given.replace(/^00/, '01')), given)
  assert.equal(readTraceparent(`${given.replace(/^00/, '01')}-more`), given)
  for (const wrong of [
    undefined,
    7,
    '',
    `${given}-more`,
    given.replace(/^00/, 'ff'),
    given.toUpperCase(),
    `00-${trace}-${'0'.repeat(16)}-01`,
    given.slice(0, -1),
  ])
    assert.equal(readTraceparent(wrong), undefined, String(wrong))
})

test('samples of the figures point to traces, whether or not there is a collector', async () => {
  await using server = await startTestServer({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })
  const ada = await newAgent(server.url)
  assert.equal((await post(server.url, ada, 'x', given)).status, 201)
  const { body, headers } = await send(server.url, 'GET /metrics')
  assert.match(headers.get('content-type') ?? '', /^application\/openmetrics-text/)
  assert.match(
    body,
    new RegExp(`^aicq_operation_duration_seconds_bucket.*message.post.* # \\{trace_id="${trace}"`, 'm'),
  )
  assert.match(body, /# EOF\n$/)
})

test('a collector that never answers holds up nobody', async (t) => {
  const open = new Set<object>()
  const collector = createServer((request, response) => {
    open.add(request.resume())
    response.once('close', () => open.delete(request))
  }).listen(0, '127.0.0.1')
  t.after(() => collector.close().closeAllConnections())
  await once(collector, 'listening')
  const { port } = collector.address() as AddressInfo
  await using server = await startTestServer({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` })
  const ada = await newAgent(server.url)
  await post(server.url, ada, 'x', given)
  await eventually(async () => {
    const [request] = open
    assert.equal((await post(server.url, ada, 'while it is silent', given)).status, 201)
    return request && open.has(request)
  })
})

test('of traces that begin here a part is recorded, and those of callers as the callers say', async () => {
  await using collector = await startCollector()
  await using server = await startTestServer({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_TRACES_SAMPLER_ARG: '0',
  })
  const ada = await newAgent(server.url)
  await post(server.url, ada, 'mine')
  await post(server.url, ada, 'recorded', given)
  await post(server.url, ada, 'not recorded', given.replace(/01$/, '00').replace(trace, 'a'.repeat(32)))
  await server.stop()
  await eventually(async () => collector.spans.some(({ name }) => name === 'append'))
  assert.deepEqual([...new Set(collector.spans.map(({ traceId }) => traceId))], [trace])
})
