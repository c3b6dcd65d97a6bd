import { events } from '@aicq/protocol'
import type { By, Calls } from '../http/calls.ts'
import type { Streams } from '../realtime/access.ts'

/**
 * Tells of rooms in which something happens, as a stream of events would, to whoever may read them. Errors: those of `events.subscribe`.
 */
export function followRooms(
  calls: Calls,
  streams: Streams,
  by: By,
  rooms: readonly string[],
  changed: (room: string) => void,
  ended: () => void,
): Promise<{ close(): void }> {
  return calls.passFlat(events.eventsSubscribe, { rooms }, by, (caller, input) =>
    streams.open(caller, input, {
      send(deliveries) {
        const told = deliveries.map(({ json }) => JSON.parse(json.toString()) as { room?: string })
        for (const room of new Set(told.map(({ room }) => room))) if (room !== undefined) changed(room)
      },
      tellsReached: true, // nobody has been shown anything
      waiting: () => 0,
      drained: async () => {},
      end: ended,
    }),
  )
}
