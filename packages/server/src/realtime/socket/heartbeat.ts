import type { Connection } from './connection.ts'

/** Milliseconds between heartbeats, and of silence after which nobody is there (spec/realtime.md#heartbeats). */
const beat = 15_000
const patience = 40_000
/** Milliseconds between looks: what is there between 40 s and 45 s is used up by these. */
const look = 500

/** Asks all connections whether anybody is there. */
export function keepBeating(now: () => number, connections: Iterable<Connection>, signal: AbortSignal): void {
  let last = now()
  let time = 0
  let beaten = 0
  const looking = setInterval(() => {
    // a clock that was set, or a machine that slept, is nobody's silence
    time += Math.min(Math.max(now() - last, 0), beat)
    last = now()
    const isDue = time - beaten >= beat
    if (isDue) beaten = time
    for (const connection of connections) {
      const { bytesRead } = connection.socket
      if (connection.bytesRead !== bytesRead || connection.ws.isPaused) {
        connection.bytesRead = bytesRead
        connection.heard = time
      } else if (time - connection.heard >= patience) {
        connection.end(4006)
        connection.ws.terminate()
      }
      if (isDue) connection.beat()
    }
  }, look)
  looking.unref()
  signal.addEventListener('abort', () => clearInterval(looking))
}
