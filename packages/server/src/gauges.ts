import { Gauge, type Registry } from 'prom-client'
import { type BreakerState, breakerStates } from './coordination/breaker-state.ts'

/** How things stand when the page of figures is asked for. */
export interface Standing {
  /** The newest event; nothing if the database does not answer. */
  readonly log: { readonly pos: number } | undefined
  /** How far each follower of the log has come. */
  readonly followers: readonly { readonly name: string; readonly pos: number }[]
  readonly pool: { readonly open: number; readonly idle: number; readonly waiting: number; readonly most: number }
  readonly listener: { readonly connections: number; readonly waiting: number }
  readonly streams: number
  readonly sockets: number
  /** The newest event that streams have; nothing while nobody reads. */
  readonly position: number | undefined
  readonly store: BreakerState | undefined
}

/** Figures that are read, and not counted. */
export function openGauges(registers: Registry[]): (standing: Standing) => void {
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `aicq_${name}`, help, labelNames, registers })
  const breaker = gauge(
    'redis_breaker',
    '1 for how it stands with Redis: closed, it is asked; open, it is away; half-open, it is looked at. All 0 without Redis.',
    'state',
  )
  const position = gauge('log_position', 'Position of the newest event.')
  const streams = gauge('streams', 'Streams that are open here.')
  const sockets = gauge('sockets', 'WebSockets that are open here.')
  const told = gauge(
    'streams_position',
    'Position of the newest event that was handed to streams; the difference to aicq_log_position is how late they are.',
  )
  const lag = gauge('follower_lag_events', 'Events of the log that a follower has not seen yet.', 'follower')
  const pool = gauge('postgres_connections', 'Connections to PostgreSQL, and calls that wait for one.', 'state')
  const poolSize = gauge('postgres_pool_size', 'Connections to PostgreSQL at most.')
  const connections = gauge('http_connections', 'Connections of clients, WebSockets and streams among them.')
  const backlog = gauge('backlog_bytes', 'Bytes that wait for clients to take them.')

  return ({ log, followers, listener, store, ...now }) => {
    for (const state of breakerStates) breaker.set({ state }, Number(store === state))
    streams.set(now.streams)
    sockets.set(now.sockets)
    connections.set(listener.connections)
    backlog.set(listener.waiting)
    const { most, ...calls } = now.pool
    poolSize.set(most)
    for (const [state, count] of Object.entries(calls)) pool.set({ state }, count)
    if (!log) return
    const at = now.position ?? log.pos
    position.set(log.pos)
    told.set(at)
    for (const { name, pos } of [...followers, { name: 'streams', pos: at }])
      lag.set({ follower: name }, Math.max(0, log.pos - pos))
  }
}
