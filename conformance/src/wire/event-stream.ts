import { Unmet } from '../check.ts'
import { open, parsed, type Sending, textOf } from './http.ts'
import { ownEvents } from './own-events.ts'

/** What came on a stream of Server-Sent Events: a frame without data has no event. */
export interface Frame {
  readonly id?: string
  // biome-ignore lint/suspicious/noExplicitAny: a check reads whatever came
  readonly event?: any
}

export interface Stream extends AsyncDisposable {
  readonly retry?: string
  readonly frames: readonly Frame[]
  /** But for erasures. */
  // biome-ignore lint/suspicious/noExplicitAny: a check reads whatever came
  readonly events: readonly any[]
  /** Settles when the server has ended it. */
  readonly ended: Promise<void>
  /** Whether it has ended. */
  readonly isOver: boolean
}

/** A stream, once its first frame has come. */
export async function openStream(url: string, line: string, options: Sending = {}): Promise<Stream> {
  const abort = new AbortController()
  const reply = await open(url, line, { ...options, signal: abort.signal })
  reply.on('error', () => {})
  if (reply.statusCode !== 200) throw new Unmet('200', `${reply.statusCode} ${await textOf(reply)}`)
  reply.socket.setTimeout(0)
  const frames: Frame[] = []
  let retry: string | undefined
  let isOver = false
  let text = ''
  let began: () => void
  const beginning = new Promise<void>((resolve) => {
    began = resolve
  })
  const ended = new Promise<void>((resolve) => {
    reply.on('close', () => {
      isOver = true
      began()
      resolve()
    })
  })
  reply.setEncoding('utf8')
  reply.on('data', (chunk) => {
    const parts = `${text}${chunk}`.split('\n\n')
    text = parts.pop()!
    for (const part of parts) {
      const fields = Object.fromEntries(part.split('\n').map((one) => one.split(/: ?(.*)/s).slice(0, 2)))
      retry ??= fields.retry
      if (fields.id !== undefined || fields.data !== undefined)
        frames.push({ id: fields.id, ...(fields.data === undefined ? {} : { event: parsed(fields.data) }) })
      if (frames.length > 0) began()
    }
  })
  await beginning
  return {
    get retry() {
      return retry ?? ''
    },
    frames,
    get events() {
      return ownEvents(frames.flatMap(({ event }) => (event ? [event] : [])))
    },
    ended,
    get isOver() {
      return isOver
    },
    async [Symbol.asyncDispose]() {
      abort.abort()
      await ended
    },
  }
}
