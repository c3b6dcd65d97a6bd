import { type Agent, AicqError } from '@aicq/client'

/** Tells of rooms in which something happens, from when this has settled. Errors: where they cannot be followed. */
export async function changesOf(
  agent: Agent,
  rooms: readonly string[],
  changed: (room: string) => void,
  ended: () => void,
  signal: AbortSignal,
): Promise<{ close(): void }> {
  const leaving = new AbortController()
  const interest = { rooms, signal: AbortSignal.any([signal, leaving.signal]) }
  const first = agent.events(interest)
  await first.ready()
  const follow = async (): Promise<void> => {
    for (let events = first; ; ) {
      try {
        for await (const { room } of events) if (room !== undefined) changed(room)
        return
      } catch (error) {
        if (!(error instanceof AicqError) || error.code !== 'resync_required') throw error
        for (const room of rooms) changed(room)
        events = agent.events({ ...interest, cursor: String(error.problem.cursor) })
      }
    }
  }
  follow().then(ended, ended)
  return { close: () => leaving.abort() }
}
