import { Gauge, type Registry } from 'prom-client'
import { type BreakerState, breakerStates } from './coordination/breaker-state.ts'

/** How things stand in this server when the page of figures is asked for. */
export interface Standing {
  readonly pool: { readonly open: number; readonly idle: number; readonly waiting: number; readonly most: number }
  readonly listener: { readonly connections: number; readonly waiting: number }
  readonly streams: number
  readonly sockets: number
  /** The newest event that streams have; nothing while nobody reads. */
  readonly position: number | undefined
  readonly store: BreakerState | undefined
  /** Seconds by which the replica is behind, where there is one. */
  readonly behind: number | undefined
}

/** Where the log ends, as `log`, and its followers; nothing if the database does not answer. */
type Positions = readonly { readonly name: string; readonly pos: number }[]

/** Figures that are read, and not counted. */
export function openGauges(registers: Registry[]): (positions: Positions, standing: Standing) => void {
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `aicq_${name}`, help, labelNames, registers })
  /** `of`: what it is where several processes are one server; else their sum. */
  const common = (of: 'max' | 'min' | 'average', name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `aicq_${name}`, help, labelNames, aggregator: of, registers })
  const breaker = common(
    'average',
    'redis_breaker',
    '1 for how it stands with Redis: closed, it is asked; open, it is away; half-open, it is looked at. All 0 without Redis.',
    'state',
  )
  const position = common('max', 'log_position', 'Position of the newest event.')
  const streams = gauge('streams', 'Streams that are open here.')
  const sockets = gauge('sockets', 'WebSockets that are open here.')
  const told = common(
    'min',
    'streams_position',
    'Position of the newest event that was handed to streams; the difference to aicq_log_position is how late they are.',
  )
  const lag = common('max', 'follower_lag_events', 'Events of the log that a follower has not seen yet.', 'follower')
  const pool = gauge('postgres_connections', 'Connections to PostgreSQL, and calls that wait for one.', 'state')
  const poolSize = gauge('postgres_pool_size', 'Connections to PostgreSQL at most.')
  const connections = gauge('http_connections', 'Connections of clients, WebSockets and streams among them.')
  const backlog = gauge('backlog_bytes', 'Bytes that wait for clients to take them.')

  const behind = common(
    'max',
    'replica_behind_seconds',
    'How far the replica is behind, as far as is known; 0 without one.',
  )

  return (positions, { listener, store, ...now }) => {
    for (const state of breakerStates) breaker.set({ state }, Number(store === state))
    streams.set(now.streams)
    behind.set(now.behind ?? 0)
    sockets.set(now.sockets)
    connections.set(listener.connections)
    backlog.set(listener.waiting)
    const { most, ...calls } = now.pool
    poolSize.set(most)
    for (const [state, count] of Object.entries(calls)) pool.set({ state }, count)
    const end = positions.find(({ name }) => name === 'log')?.pos
    if (end === undefined) return
    const at = now.position ?? end
    position.set(end)
    told.set(at)
    for (const { name, pos } of [...positions, { name: 'streams', pos: at }])
      if (name !== 'log') lag.set({ follower: name }, Math.max(0, end - pos))
  }
}
