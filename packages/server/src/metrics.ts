import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type BreakerState, breakerStates } from './coordination/breaker-state.ts'

/** Figures for Prometheus. Each function counts one thing. */
export function openMetrics() {
  const registry = new Registry()
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
  const breaker = new Gauge({
    name: 'aicq_redis_breaker',
    help: '1 for how it stands with Redis: closed, it is asked; open, it is away; half-open, it is looked at. All 0 without Redis.',
    labelNames: ['state'],
    registers,
  })
  const batch = new Histogram({
    name: 'aicq_append_batch_size',
    help: 'Messages that one append put into the log.',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200],
    registers,
  })
  const position = new Gauge({ name: 'aicq_log_position', help: 'Position of the newest event.', registers })
  const streams = new Gauge({ name: 'aicq_streams', help: 'Streams that are open here.', registers })
  const sockets = new Gauge({ name: 'aicq_sockets', help: 'WebSockets that are open here.', registers })
  const told = new Gauge({
    name: 'aicq_streams_position',
    help: 'Position of the newest event that was handed to streams; the difference to aicq_log_position is how late they are.',
    registers,
  })
  const connections = new Gauge({
    name: 'aicq_postgres_connections',
    help: 'Connections to PostgreSQL, and calls that wait for one.',
    labelNames: ['state'],
    registers,
  })

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
    appended: (posts: number) => batch.observe(posts),
    /** The whole page; gauges are set by what the caller read just now. */
    async render(
      log: { pos: number } | undefined,
      pool: { open: number; idle: number; waiting: number },
      realtime: { streams: number; sockets: number; position: number | undefined; store: BreakerState | undefined },
    ): Promise<string> {
      if (log) position.set(log.pos)
      for (const state of breakerStates) breaker.set({ state }, Number(realtime.store === state))
      streams.set(realtime.streams)
      sockets.set(realtime.sockets)
      const at = realtime.position ?? log?.pos
      if (at !== undefined) told.set(at)
      for (const [state, count] of Object.entries(pool)) connections.set({ state }, count)
      return registry.metrics()
    },
    contentType: registry.contentType,
  }
}
