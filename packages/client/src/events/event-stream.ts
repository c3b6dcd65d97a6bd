/** A frame of Server-Sent Events, with what it has. */
export interface Frame {
  readonly id?: string
  readonly data?: string
}

/** Characters of a frame at most: one that never ends must not fill the memory. */
const longest = 4 * 1024 * 1024

/** Reads text/event-stream (WHATWG HTML, 9.2.6) as it comes, however it was cut. */
export class EventStreamParser {
  #line = ''
  #wasReturn = false
  #frame: { id?: string; data?: string } = {}

  /** The frames that end in this text. Errors: `RangeError` for one that is too long. */
  push(text: string): Frame[] {
    if (text === '') return []
    const rest = this.#wasReturn && text.startsWith('\n') ? text.slice(1) : text
    this.#wasReturn = text.endsWith('\r')
    const lines = (this.#line + rest).split(/\r\n|\r|\n/)
    this.#line = lines.pop()!
    const frames: Frame[] = []
    for (const line of lines) {
      if (line !== '') this.#take(line)
      else if (this.#frame.id !== undefined || this.#frame.data !== undefined) {
        frames.push(this.#frame)
        this.#frame = {}
      }
    }
    if (this.#line.length + (this.#frame.data?.length ?? 0) > longest) throw new RangeError('a frame is too long')
    return frames
  }

  /** A field; comments and fields that we do not use are passed over. */
  #take(line: string): void {
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    const { data } = this.#frame
    if (name === 'id' && !value.includes('\0')) this.#frame.id = value
    if (name === 'data') this.#frame.data = data === undefined ? value : `${data}\n${value}`
  }
}
