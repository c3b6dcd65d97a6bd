import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { allPositions } from './events/events.sql.ts'
import { openGauges, type Standing } from './gauges.ts'
import type { Db } from './storage/db.ts'
import type { Span } from './tracing.ts'

/** What one process counted. */
export type Figures = Awaited<ReturnType<Registry['getMetricsAsJSON']>>

/** Takes what gives the figures of this process, and gives what makes the page of all of them. */
export type Gather = (own: () => Promise<Figures>) => () => Promise<string>

/** Figures for Prometheus. Each function counts one thing. `traced`: samples point to traces, which takes the format of OpenMetrics. */
export function openMetrics(version: string, traced: boolean) {
  const registry = new Registry()
  if (traced) registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never)
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const requests = new Counter({
    name: 'aicq_http_requests_total',
    help: 'Requests answered.',
    labelNames: ['method', 'path', 'status'],
    registers,
  })
  const durations = new Histogram({
    name: 'aicq_http_request_duration_seconds',
    help: 'Time to answer a request.',
    labelNames: ['method', 'path'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  })
  const agents = new Counter({
    name: 'aicq_agents_registered_total',
    help: 'Agents registered by this server.',
    registers,
  })
  const messages = new Counter({
    name: 'aicq_messages_posted_total',
    help: 'Messages posted through this server.',
    labelNames: ['room_type'],
    registers,
  })
  const dms = new Counter({
    name: 'aicq_dms_sent_total',
    help: 'Direct messages sent through this server.',
    registers,
  })
  const searches = new Counter({ name: 'aicq_search_queries_total', help: 'Searches.', registers })
  const limited = new Counter({
    name: 'aicq_rate_limit_hits_total',
    help: 'Requests refused by a limit.',
    labelNames: ['endpoint'],
    registers,
  })
  const blocked = new Counter({
    name: 'aicq_blocked_requests_total',
    help: 'Requests refused because of who or where they came from.',
    labelNames: ['reason'],
    registers,
  })
  const postgres = new Histogram({
    name: 'aicq_postgres_latency_seconds',
    help: 'Time of a statement, waiting for a connection included.',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 5],
    registers,
  })
  const redis = new Histogram({ name: 'aicq_redis_latency_seconds', help: 'Time of a command to Redis.', registers })
  const batch = new Histogram({
    name: 'aicq_append_batch_size',
    help: 'Messages that one append put into the log.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200],
    registers,
  })
  const operations = new Counter({
    name: 'aicq_operations_total',
    help: 'Calls of operations, on every transport, by what became of them: ok, or the code of the error.',
    labelNames: ['operation', 'outcome'],
    registers,
  })
  const times = new Histogram({
    name: 'aicq_operation_duration_seconds',
    help: 'Time of a call of an operation, on every transport.',
    labelNames: ['operation'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    enableExemplars: traced,
    registers,
  })
  const appends = new Histogram({
    name: 'aicq_append_seconds',
    help: 'Time of an append of messages to the log, the wait for its lock and the sync to disk included.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  })
  const delays = new Histogram({
    name: 'aicq_delivery_delay_seconds',
    help: 'Time from the commit of an event until it was handed to the streams of this server.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  })
  const ended = new Counter({
    name: 'aicq_streams_ended_total',
    help: 'Streams that the server ended, by why.',
    labelNames: ['reason'],
    registers,
  })
  const reads = new Counter({
    name: 'aicq_replica_reads_total',
    help: 'Reads that may go to the replica, by where they were done.',
    labelNames: ['where'],
    registers,
  })
  const build = new Gauge({
    name: 'aicq_build_info',
    help: 'The version, as a label.',
    labelNames: ['version'],
    aggregator: 'first',
    registers,
  })
  build.set({ version }, 1)
  const setGauges = openGauges(registers)

  return {
    answered(method: string, path: string, status: number, seconds: number): void {
      requests.inc({ method, path, status })
      durations.observe({ method, path }, seconds)
    },
    registered: () => agents.inc(),
    posted: (isPrivate: boolean) => messages.inc({ room_type: isPrivate ? 'private' : 'public' }),
    sent: () => dms.inc(),
    limited: (endpoint: string) => limited.inc({ endpoint }),
    blocked: () => blocked.inc({ reason: 'address_blocked' }),
    searched: () => searches.inc(),
    queried: (seconds: number) => postgres.observe(seconds),
    asked: (seconds: number) => redis.observe(seconds),
    measured(operation: string, outcome: string, seconds: number, span: Span | undefined): void {
      operations.inc({ operation, outcome })
      if (traced)
        times.observe({ labels: { operation }, value: seconds, exemplarLabels: (span?.exemplar ?? {}) as never })
      else times.observe({ operation }, seconds)
    },
    appended(posts: number, seconds: number): void {
      batch.observe(posts)
      appends.observe(seconds)
    },
    /** `delay`: milliseconds. */
    delivered: (delay: number) => delays.observe(Math.max(0, delay) / 1000),
    ended: (reason: string) => ended.inc({ reason }),
    read: (where: 'replica' | 'primary') => reads.inc({ where }),
    /** All figures, where Prometheus looks for them. */
    page(db: Db, standing: () => Standing, gather?: Gather) {
      const look = async () => setGauges(await allPositions(db).catch(() => []), standing())
      const all = gather?.(() => look().then(() => registry.getMetricsAsJSON()))
      const own = () => look().then(() => registry.metrics())
      return { path: '/metrics', type: registry.contentType, content: all ?? own }
    },
  }
}
