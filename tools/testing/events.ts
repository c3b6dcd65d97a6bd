import type { Event, Identity } from '../../packages/protocol/src/index.ts'
import { signRequest } from '../../packages/protocol/src/index.ts'
import { eventually } from './requests.ts'

/** A reader of Server-Sent Events, as a program in any language would be one. */
export interface Followed extends AsyncDisposable {
  /** What has come until now. */
  readonly events: readonly Event[]
  /** The last `id:` that came. */
  readonly cursor: () => string
  /** Fields that came, whatever they were. */
  readonly text: () => string
  /** Settles when the stream has ended. */
  readonly ended: Promise<void>
  /** The event that fits, once it has come. */
  until(fits: (event: Event) => boolean): Promise<Event>
}

/** Opens a stream. Rejects with the problem where it is refused. */
export async function follow(
  url: string,
  query: string,
  options: { as?: Identity; headers?: Record<string, string>; now?: number } = {},
): Promise<Followed> {
  const { as, headers = {}, now = Date.now() } = options
  const where = `${url}/v1/stream?${query}`
  const signed = as ? await signRequest(as, { method: 'GET', url: where }, { now }) : {}
  const leaving = new AbortController()
  const reply = await fetch(where, { headers: { ...signed, ...headers }, signal: leaving.signal })
  if (!reply.ok) throw Object.assign(new Error('refused'), { status: reply.status, problem: await reply.json() })
  const events: Event[] = []
  let text = ''
  let cursor = ''
  async function read(): Promise<void> {
    let rest = ''
    for await (const chunk of reply.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk
      const frames = (rest + chunk).split('\n\n')
      rest = frames.pop()!
      for (const frame of frames) {
        const fields = new Map(
          frame.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
        )
        cursor = fields.get('id') ?? cursor
        if (fields.has('data')) events.push(JSON.parse(fields.get('data')!))
      }
    }
  }
  const ended = read().catch(() => {})
  return {
    events,
    ended,
    cursor: () => cursor,
    text: () => text,
    until: (fits) => eventually(async () => events.find(fits)),
    async [Symbol.asyncDispose]() {
      leaving.abort()
      await ended
    },
  }
}
