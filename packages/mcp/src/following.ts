import type { Door } from './door.ts'

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
    if (isNew) await this.#again()
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

  /** Opens a stream of what is wanted now, and only then closes the one before. */
  #again(): Promise<void> {
    const next = this.#turn.then(async () => {
      const rooms = [...this.#wanted.keys()]
      const before = this.#open
      this.#open = undefined
      if (rooms.length > 0) {
        const opened = await this.#door.follow(
          rooms,
          (room) => this.#tell(room),
          () => {},
        )
        if (this.#wanted.size > 0) this.#open = opened
        else opened.close()
      }
      before?.close()
    })
    this.#turn = next.catch(() => {})
    return next
  }

  #tell(room: string): void {
    for (const uri of this.#wanted.get(room)?.keys() ?? []) this.#changed(uri)
  }
}
