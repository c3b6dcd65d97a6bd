import type { Event, Identity } from '@aicq/protocol'
import { AicqError } from '../errors.ts'
import type { Transport } from '../transport.ts'
import type { Link, Told } from './link.ts'
import { Socket } from './socket.ts'

/** Events that wait for a reader who does not ask for them; beyond, the socket is closed, and opened again once they are read. */
const mostWaiting = 1_000

/** Events over a WebSocket (spec/realtime.md#socket), one for each reader. */
export const bySocket = (transport: Transport, identity: Identity | undefined): Link =>
  async function* ({ input, roomKeys }, cursor, signal) {
    const inbox = new Inbox()
    const socket = new Socket(new URL('/v1/ws', transport.base), {
      told: (method, params) => inbox.take(method, params) || socket.close(),
      woken: () => inbox.wake(),
    })
    const leave = () => socket.close()
    signal.addEventListener('abort', leave)
    try {
      const refused = identity && (await socket.authenticate(identity, transport))
      const from = cursor === undefined ? {} : { cursor }
      const keys = roomKeys === undefined ? {} : { room_keys: roomKeys }
      const subscribed = await socket.call('events.subscribe', { ...input, ...keys, ...from }).catch((error) => {
        // who asks for what is its own has to be somebody
        throw refused && error instanceof AicqError && error.code === 'signature_missing' ? refused : error
      })
      let { cursor: at } = subscribed as { cursor: string }
      yield { events: [], cursor: at }
      while (true) {
        const told = inbox.empty(at)
        if (told) {
          at = told.cursor
          yield told
        } else if (inbox.isOver) return
        else if (socket.failure) throw socket.failure
        else await inbox.more()
        signal.throwIfAborted()
      }
    } finally {
      signal.removeEventListener('abort', leave)
      socket.close()
    }
  }

/** What came and was not asked for yet. */
class Inbox {
  #events: Event[] = []
  #cursor: string | undefined
  #wake = () => {}
  #isAwake = false
  /** More came than may wait. */
  isOver = false

  /** Takes a notification; false when no more may come. */
  take(method: string, params: Record<string, unknown>): boolean {
    if (this.isOver) return false
    if (method === 'event') {
      this.#events.push(params.event as Event)
      this.#cursor = undefined
    }
    if (method === 'cursor') this.#cursor = params.cursor as string
    this.isOver = this.#events.length >= mostWaiting
    this.wake()
    return !this.isOver
  }

  wake(): void {
    this.#isAwake = true
    this.#wake()
  }

  /** What came since it was emptied; `at`: where the reader is. */
  empty(at: string): Told | undefined {
    if (!this.#isAwake) return undefined
    this.#isAwake = false
    const told = { events: this.#events, cursor: this.#cursor ?? this.#events.at(-1)?.cursor ?? at }
    this.#events = []
    this.#cursor = undefined
    return told
  }

  /** Settles when there is something, or the connection has ended. */
  more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
      if (this.#isAwake) resolve()
    })
  }
}
