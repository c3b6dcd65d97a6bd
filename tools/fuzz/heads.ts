import type { Random } from './random.ts'
import type { Headers } from './signing.ts'

/** How a request is framed. The text of the head is written as bytes, one a character. */
export interface Framing {
  readonly requestLine: string
  readonly headers: Headers
  readonly body: Buffer
  /** Whether the sender says that nothing more will come. */
  readonly halfClose: boolean
}

type Change = (framing: Framing, random: Random) => Framing

const adding =
  (...more: Headers): Change =>
  (framing) => ({ ...framing, headers: [...framing.headers, ...more] })

const without = (headers: Headers, name: string) => headers.filter(([known]) => known.toLowerCase() !== name)

const changes: readonly Change[] = [
  adding(['X-Request-ID', 'x'.repeat(101)]),
  adding(['X-Request-ID', '"><script>'], ['X-Request-ID', '\xe9']),
  adding(['Expect', '100-continue']),
  adding(['Expect', 'the unexpected']),
  adding(['Upgrade', 'websocket'], ['Connection', 'Upgrade']),
  adding(['Upgrade', 'h2c'], ['Connection', 'Upgrade, HTTP2-Settings'], ['HTTP2-Settings', 'AAMAAABkAARAAAAAAAIAAAAA']),
  adding(['X-HTTP-Method-Override', 'DELETE'], ['X-Original-URL', '/metrics'], ['X-Forwarded-For', "'"]),
  adding(['Range', 'bytes=0-0,-1'], ['If-None-Match', '*'], ['If-Modified-Since', 'x'], ['Accept', '\xff']),
  adding(['Cookie', 'a=1;'.repeat(1_500)]),
  adding(['X-Long', 'x'.repeat(18_000)]),
  adding(...Array.from({ length: 300 }, (_, at): [string, string] => [`X-${at}`, 'x'])),
  adding(['__proto__', 'x'], ['constructor', 'x'], ['X-AICQ-Room-Key', '\xff'.repeat(100)]),
  adding(['X-Bad Name', 'x']),
  adding(['X-Folded', 'a\r\n b']),
  adding(['X-Nul', 'a\0b']),
  adding(['X-Bare', 'a\nX-Second: b']),
  adding(['Host', 'second.example']),
  adding(['Content-Length', '5']),
  adding(['Content-Length', '-1']),
  adding(['Transfer-Encoding', 'chunked']),
  adding(['Transfer-Encoding', 'gzip, chunked']),
  adding(['Trailer', 'Host'], ['TE', 'trailers']),
  (framing) => ({ ...framing, headers: without(framing.headers, 'host') }),
  (framing, random) => ({
    ...framing,
    headers: [
      ...without(framing.headers, 'host'),
      [
        'Host',
        random.pick(['', ' ', '\xff', 'a b', 'elsewhere.example', '[', '127.0.0.1:99999', '../..', 'x'.repeat(300)]),
      ],
    ],
  }),
  (framing) => ({ ...framing, headers: without(framing.headers, 'content-length') }),
  (framing, random) => chunked(framing, random),
  (framing, random) => chunked(framing, random),
  (framing, random) => ({
    ...framing,
    headers: [
      ...without(framing.headers, 'content-length'),
      ['Content-Length', random.pick(wrongLengths(framing.body))],
    ],
  }),
  (framing) => ({ ...framing, requestLine: framing.requestLine.replace('HTTP/1.1', 'HTTP/1.0') }),
  (framing, random) => ({
    ...framing,
    requestLine: framing.requestLine.replace(
      'HTTP/1.1',
      random.pick(['HTTP/9.9', 'HTTP', '', 'http/1.1', 'HTTP/2.0', 'RTSP/1.0']),
    ),
  }),
  (framing, random) => ({
    ...framing,
    requestLine: framing.requestLine.replace(
      /^\w+/,
      random.pick(['PUT', 'PATCH', 'TRACE', 'BREW', 'get', 'PROPFIND', 'QUERY']),
    ),
  }),
  (framing, random) => ({
    ...framing,
    requestLine: framing.requestLine.replace(/ (\S*) /, (_, target) => ` ${random.pick(targets(target))} `),
  }),
]

const wrongLengths = ({ length }: Buffer) => [
  `${length + 10}`,
  `${length + 100_000}`,
  '99999999999999999999',
  '0x10',
  '',
  'x',
]

const targets = (target: string) => [
  ...[
    `http://127.0.0.1${target}`,
    '*',
    '//',
    `//elsewhere.example${target}`,
    `${target}#part`,
    `${target}\xff`,
    `/v1${target}`,
  ],
  ...[
    `${target}/`,
    `${target}?`,
    `${target}%`,
    `${target}%00`,
    `/.${target}`,
    target.toUpperCase(),
    'http://[',
    `/${target}`,
  ],
]

/** Whole chunks, or a chunk that lies about its length. */
function chunked(framing: Framing, random: Random): Framing {
  const { body } = framing
  const length = random.percent(60) ? body.length.toString(16) : random.pick(['-1', 'zz', 'ffffffffffffffff', '1', ''])
  const end = random.pick(['0\r\n\r\n', '0\r\n\r\n', '0\r\nHost: trailer.example\r\n\r\n', ''])
  const head = Buffer.from(body.length > 0 ? `${length}\r\n` : '')
  const whole = Buffer.concat([head, body, Buffer.from(body.length > 0 ? `\r\n${end}` : end)])
  const headers: Headers = [...without(framing.headers, 'content-length'), ['Transfer-Encoding', 'chunked']]
  return { ...framing, headers, body: whole }
}

/** Spoils how the request is framed. Its sender then closes: what is cut short must not be waited for. */
export function spoil(random: Random, framing: Framing): Framing {
  return { ...random.pick(changes)(framing, random), halfClose: true }
}

export function bytesOf({ requestLine, headers, body }: Framing): Buffer {
  const head = [requestLine, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n')
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}
