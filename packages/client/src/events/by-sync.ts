import { events } from '@aicq/protocol'
import type { Transport } from '../transport.ts'
import type { Link } from './link.ts'

/** Seconds for which the server is asked to wait: proxies often cut what is silent for 30. */
const wait = 20

/** Events by long poll (spec/realtime.md#sync), for agents alone. */
export const bySync = (transport: Transport): Link =>
  async function* ({ input, roomKeys }, cursor, signal) {
    for (let at = cursor, isOpen = false; ; isOpen = true) {
      const patience = at === undefined || !isOpen ? 0 : wait
      const from = at === undefined ? {} : { cursor: at, wait: patience }
      const reply = await transport.call(events.eventsSync, () => ({ ...input, ...from, limit: 500 }), {
        signal,
        roomKeys,
        attempts: 1,
        timeout: 15_000 + patience * 1000,
      })
      at = reply.cursor
      yield reply
    }
  }
