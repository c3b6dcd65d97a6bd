import type { Door } from './door.ts'

/** Milliseconds until a stream that ended for no reason that is known is opened again. */
const pause = 1_000

/** Follows the rooms that a connection asked for, all of them by one stream. */
export class Following {
  readonly #door: Door
  readonly #changed: (uri: string) => void
  /** URIs by room, and who asked for each. */
  readonly #wanted = new Map<string, Map<string, Set<string | number>>>()
  #open: { close(): void } | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(door: Door, changed: (uri: string) => void) {
    this.#door = door
    this.#changed = changed
  }

  /** `by`: who asks. Errors: those of the door, where the room may not be read. */
  async add(room: string, uri: string, by: string | number): Promise<void> {
    await this.#door.read({ room, limit: 1, order: 'desc' })
    const isNew = !this.#wanted.has(room)
    const uris = this.#wanted.get(room) ?? new Map<string, Set<string | number>>()
    uris.set(uri, (uris.get(uri) ?? new Set()).add(by))
    this.#wanted.set(room, uris)
    if (!isNew) return
    await this.#again().catch((cause: unknown) => {
      this.#wanted.delete(room)
      throw cause
    })
  }

  /** Nothing of `room` and `uri` is told to `by` any more; left out: of any. */
  async drop(by: string | number, room?: string, uri?: string): Promise<void> {
    const before = this.#wanted.size
    for (const [id, uris] of this.#wanted) {
      if (room !== undefined && id !== room) continue
      for (const [one, who] of uris) {
        if (uri !== undefined && one !== uri) continue
        who.delete(by)
        if (who.size === 0) uris.delete(one)
      }
      if (uris.size === 0) this.#wanted.delete(id)
    }
    if (this.#wanted.size !== before) await this.#again()
  }

  close(): void {
    this.#wanted.clear()
    this.#open?.close()
    this.#open = undefined
  }

  /** Opens a stream of what is wanted now, and only then closes the one before, which stays where that fails. */
  #again(): Promise<void> {
    const next = this.#turn.then(async () => {
      const rooms = [...this.#wanted.keys()]
      let opened: { close(): void } | undefined
      const ended = () => void (this.#open === opened && this.#goOn())
      const told = (room: string) => this.#tell(room)
      if (rooms.length > 0) opened = await this.#door.follow(rooms, told, ended)
      const before = this.#open
      this.#open = opened
      before?.close()
      if (this.#wanted.size === 0) this.close() // meanwhile
    })
    this.#turn = next.catch(() => {})
    return next
  }

  /** A stream ends by itself where one of its rooms may not be read any more, or the server has gone: what may be read is followed on. */
  async #goOn(): Promise<void> {
    this.#open = undefined
    while (this.#wanted.size > 0 && !this.#open) {
      const before = this.#wanted.size
      for (const room of this.#wanted.keys())
        await this.#door.read({ room, limit: 1, order: 'desc' }).catch((cause: unknown) => {
          if (!this.#door.explain(cause).retryable) this.#wanted.delete(room)
        })
      if (this.#wanted.size === before) await new Promise((resolve) => setTimeout(resolve, pause).unref())
      if (this.#wanted.size > 0 && !this.#open) await this.#again().catch(() => {})
    }
  }

  #tell(room: string): void {
    for (const uri of this.#wanted.get(room)?.keys() ?? []) this.#changed(uri)
  }
}
