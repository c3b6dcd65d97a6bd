import { connect } from 'node:net'

/** What came back; `undefined` as status: nothing that can be read, `text` says what. */
export interface Answer {
  readonly status: number | undefined
  readonly type: string
  readonly text: string
}

/** Milliseconds that an answer may take: a server that answers later hangs. More than its own limits, so that their answers count. */
const patience = 120_000

/** Writes bytes to a connection of their own and reads one answer. `halfClose`: nothing more will come, whatever the headers said. */
export function exchange(port: number, request: Buffer, halfClose: boolean): Promise<Answer> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let received = Buffer.alloc(0)
    const finish = (answer: Answer) => {
      clearTimeout(late)
      socket.destroy()
      resolve(answer)
    }
    const nothing = (why: string) =>
      finish({ status: undefined, type: '', text: `${why}: ${received.toString('latin1')}` })
    const late = setTimeout(() => nothing('no whole answer in time'), patience)
    socket.on('error', (error) => nothing(error.message))
    socket.on('close', () => nothing('closed without a whole answer'))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      const answer = read(received)
      if (answer) finish(answer)
    })
    socket.write(request)
    if (halfClose) socket.end()
  })
}

/** A whole answer, once it is there; 1xx are passed over. */
function read(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = bytes.subarray(0, end).toString('latin1')
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
  // what comes behind a 101 is no HTTP
  if (status === 101) return { status, type: '', text: '' }
  if (status < 200) return read(bytes.subarray(end + 4))
  const header = (name: string) => new RegExp(`^${name}: *(.*)$`, 'im').exec(head)?.[1]?.trim()
  const rest = bytes.subarray(end + 4)
  const type = header('content-type') ?? ''
  // a stream has no end: that it begins is its answer
  if (/^text\/event-stream/.test(type)) return rest.length > 0 ? { status, type, text: begun(rest) } : undefined
  const length = Number(header('content-length') ?? 0)
  const body = header('transfer-encoding') === 'chunked' ? unchunked(rest) : rest.subarray(0, length)
  if (!body || body.length < length) return undefined
  return { status, type, text: body.toString() }
}

/** What the first chunk holds, as far as it is there. */
const begun = (bytes: Buffer): string => bytes.toString('latin1', bytes.indexOf('\r\n') + 2)

/** What chunks hold, once the last one is there. */
function unchunked(bytes: Buffer): Buffer | undefined {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const line = bytes.indexOf('\r\n', at)
    if (line < 0) return undefined
    const length = Number.parseInt(bytes.toString('latin1', at, line), 16)
    if (length === 0) return bytes.length < line + 4 ? undefined : Buffer.concat(chunks)
    chunks.push(bytes.subarray(line + 2, line + 2 + length))
    at = line + 2 + length + 2
  }
}
