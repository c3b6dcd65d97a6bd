import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { installPromtool } from './services/prometheus.ts'
import { startRedis } from './services/redis.ts'
import { newAgent, send } from './testing/requests.ts'
import { startTestServer } from './testing/server.ts'

const deploy = join(import.meta.dirname, '..', 'deploy')
const rules = join(deploy, 'prometheus', 'alerts.yaml')
const { groups } = parse(readFileSync(rules, 'utf8')) as { groups: { rules: { alert: string; expr: string }[] }[] }
const alerts = groups.flatMap((group) => group.rules)
const folder = mkdtempSync(join(tmpdir(), 'aicq-rules-'))
after(() => rmSync(folder, { recursive: true }))

/** What `promtool` objects to; nothing if it is content. */
function objections(args: readonly string[], input = ''): string[] {
  const { status, stdout, stderr } = spawnSync(installPromtool(), args, { encoding: 'utf8', input })
  return status === 0 ? [] : `${stderr}${stdout}`.split('\n').filter((line) => line !== '')
}

/** Every text at a key, wherever it stands. */
function textsAt(key: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) =>
    name === key && typeof inner === 'string' ? [inner] : textsAt(key, inner),
  )
}

/** The figures of a server on which everything has happened that makes labels. */
async function figures(): Promise<string> {
  await using redis = await startRedis()
  await using server = await startTestServer({
    REDIS_URL: redis.url,
    LIMIT_MESSAGE_POST: '1/60',
    RATE_LIMIT_WHITELIST: '',
  })
  const ada = await newAgent(server.url)
  for (let at = 0; at < 2; at++) await send(server.url, 'POST /v1/room/global', { as: ada, body: { body: 'x' } })
  return (await send(server.url, 'GET /metrics')).body
}

test('the figures are what Prometheus reads, and dashboard and alerts ask for none that is not there', async () => {
  const page = await figures()
  const ours = objections(['check', 'metrics'], page).filter((line) => !/^nodejs_active_\w+_total /.test(line))
  assert.deepEqual(ours, [], 'the names of nodejs_active_* are those of prom-client')
  const names = new Set([...page.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!))
  const labels = new Set([...page.matchAll(/(\w+)="/g)].map(([, label]) => label!))
  const dashboard = JSON.parse(readFileSync(join(deploy, 'grafana', 'dashboard.json'), 'utf8'))
  const asked = [
    ...textsAt('expr', dashboard),
    ...textsAt('query', dashboard.templating),
    ...alerts.map(({ expr }) => expr),
  ]
  assert.ok(asked.length > 40)
  for (const expression of asked) {
    for (const [, name] of expression.matchAll(/\b((?:aicq|process|nodejs)_\w+)/g))
      assert.ok(names.has(name!.replace(/_(bucket|sum|count)$/, '')) || names.has(name!), `${name} in ${expression}`)
    const used = [
      ...[...expression.matchAll(/(\w+)\s*(?:=~|!=|!~|=)"/g)].map(([, label]) => label!),
      ...[...expression.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(/,\s*/)),
    ]
    for (const label of used)
      assert.ok(labels.has(label) || ['job', 'instance', 'reason'].includes(label), `${label} in ${expression}`)
  }
})

test('every panel of the dashboard has a title, a unit and a place of its own', () => {
  const { panels } = JSON.parse(readFileSync(join(deploy, 'grafana', 'dashboard.json'), 'utf8'))
  const places = new Set<string>()
  for (const { type, title, gridPos, fieldConfig, targets } of panels) {
    assert.ok(title)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.ok(x < 24 && !places.has(`${x},${y}`), title)
        places.add(`${x},${y}`)
      }
    if (type === 'row') continue
    assert.ok(fieldConfig.defaults.unit && targets.length > 0, title)
  }
})

/** A counter that rises by so much each minute; a figure that stays. */
const rising = (step: number) => `0+${step}x60`
const steady = (value: number) => `${value}+0x60`
/** A histogram whose samples, one a second, are all above `below` seconds. */
const slow = (name: string, below: string, labels: string) => [
  { series: `${name}{${labels}, le="${below}"}`, values: steady(0) },
  { series: `${name}{${labels}, le="5"}`, values: rising(60) },
  { series: `${name}{${labels}, le="+Inf"}`, values: rising(60) },
]
const at = 'job="aicq", instance="one"'

/** What makes each alert come, and nothing else. */
const troubles: Record<string, readonly { series: string; values: string }[]> = {
  AicqServerDown: [{ series: `up{${at}}`, values: steady(0) }],
  AicqServerRestarts: [{ series: `process_start_time_seconds{${at}}`, values: rising(300) }],
  AicqRequestsFail: [
    { series: `aicq_http_requests_total{${at}, status="503"}`, values: rising(2) },
    { series: `aicq_http_requests_total{${at}, status="200"}`, values: rising(98) },
  ],
  AicqInternalErrors: [
    { series: `aicq_operations_total{${at}, operation="dm.send", outcome="internal"}`, values: rising(1) },
  ],
  AicqSlow: slow('aicq_operation_duration_seconds_bucket', '1', `${at}, operation="message.post"`),
  AicqDeliveryLate: slow('aicq_delivery_delay_seconds_bucket', '2.5', at),
  AicqFollowerLags: [
    { series: `aicq_follower_lag_events{${at}, follower="statistics"}`, values: steady(6000) },
    { series: 'aicq_follower_lag_events{job="aicq", instance="two", follower="statistics"}', values: steady(5500) },
  ],
  AicqPoolExhausted: [
    { series: `aicq_postgres_connections{${at}, state="waiting"}`, values: steady(60) },
    { series: `aicq_postgres_pool_size{${at}}`, values: steady(10) },
  ],
  AicqPostgresSlow: slow('aicq_postgres_latency_seconds_bucket', '0.5', at),
  AicqRedisAway: [
    { series: `aicq_redis_breaker{${at}, state="closed"}`, values: steady(0) },
    { series: `aicq_redis_breaker{${at}, state="open"}`, values: steady(1) },
  ],
  AicqBacklog: [{ series: `aicq_backlog_bytes{${at}}`, values: steady(600 * 1024 * 1024) }],
  AicqEventLoopBusy: [{ series: `nodejs_eventloop_lag_p99_seconds{${at}}`, values: steady(0.3) }],
  AicqMemory: [{ series: `process_resident_memory_bytes{${at}}`, values: steady(3 * 1024 ** 3) }],
}

/** A server that does well. */
const well = [
  { series: `up{${at}}`, values: steady(1) },
  { series: `process_start_time_seconds{${at}}`, values: steady(1) },
  { series: `aicq_http_requests_total{${at}, status="200"}`, values: rising(1000) },
  { series: `aicq_http_requests_total{${at}, status="503"}`, values: rising(5) },
  { series: `aicq_operations_total{${at}, operation="dm.send", outcome="rate_limited"}`, values: rising(10) },
  { series: `aicq_operation_duration_seconds_bucket{${at}, operation="message.post", le="0.25"}`, values: rising(60) },
  { series: `aicq_operation_duration_seconds_bucket{${at}, operation="message.post", le="+Inf"}`, values: rising(60) },
  ...['closed', 'open', 'half-open'].map((state) => ({
    series: `aicq_redis_breaker{${at}, state="${state}"}`,
    values: steady(0), // and without Redis
  })),
  { series: `aicq_follower_lag_events{${at}, follower="statistics"}`, values: steady(6000) },
  { series: 'aicq_follower_lag_events{job="aicq", instance="two", follower="statistics"}', values: steady(0) },
  { series: `aicq_postgres_connections{${at}, state="waiting"}`, values: steady(3) },
  { series: `aicq_postgres_pool_size{${at}}`, values: steady(10) },
]

test('each alert comes when what it is about happens, and none while all is well', () => {
  assert.deepEqual(
    Object.keys(troubles),
    alerts.map(({ alert }) => alert),
  )
  const expected = (input: readonly object[], fires: readonly string[]) => ({
    interval: '1m',
    input_series: input,
    promql_expr_test: [
      {
        expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
        eval_time: '30m',
        exp_samples: fires.map((alert) => ({ labels: `{alertname="${alert}"}`, value: 1 })),
      },
    ],
  })
  const tests = [expected(well, []), ...Object.entries(troubles).map(([alert, input]) => expected(input, [alert]))]
  const file = join(folder, 'tests.yaml')
  writeFileSync(file, stringify({ rule_files: [rules], evaluation_interval: '1m', tests }))
  assert.deepEqual(objections(['check', 'rules', rules]), [])
  assert.deepEqual(objections(['test', 'rules', file]), [])
})
