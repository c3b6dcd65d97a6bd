import { Transform } from 'node:stream'

/** Passes on Server-Sent Events one by one, changed. */
export function eventFrames(change: (frame: string) => string): Transform {
  let text = ''
  return new Transform({
    transform(chunk, _, done) {
      const parts = `${text}${chunk}`.split('\n\n')
      text = parts.pop()!
      done(null, parts.map((part) => change(`${part}\n\n`)).join(''))
    },
  })
}

/**
 * Passes on what a server sends on a socket (RFC 6455, 5.2): its answer to the opening, and then each text as it is changed, or, where
 * it opened none, what else it says.
 */
export function socketFrames(change: (text: string) => string[]): Transform {
  let isOpen = false
  let isRefused = false
  let left = Buffer.alloc(0)
  return new Transform({
    transform(chunk, _, done) {
      left = Buffer.concat([left, chunk])
      const end = left.indexOf('\r\n\r\n') + 4
      if (!isOpen && end >= 4) {
        isRefused = !left.subarray(0, end).toString('latin1').startsWith('HTTP/1.1 101')
        this.push(left.subarray(0, end))
        left = left.subarray(end)
        isOpen = true
      }
      if (isRefused) {
        this.push(left)
        left = Buffer.alloc(0)
      }
      for (let frame = isOpen && firstOf(left); frame; frame = firstOf(left)) {
        left = left.subarray(frame.bytes.length)
        for (const one of frame.text === undefined ? [frame.bytes] : change(frame.text).map(textFrame)) this.push(one)
      }
      done()
    },
  })
}

/** The first frame that is there as a whole, with its text if it is one of text. Servers do not mask. */
function firstOf(bytes: Buffer): { bytes: Buffer; text: string | undefined } | undefined {
  if (bytes.length < 10 && bytes.length < 2 + (bytes[1] ?? 255)) return undefined
  const short = bytes[1]!
  const header = short < 126 ? 2 : short === 126 ? 4 : 10
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (bytes.length < header + length) return undefined
  const frame = bytes.subarray(0, header + length)
  return { bytes: frame, text: frame[0] === 0x81 ? frame.toString('utf8', header) : undefined }
}

function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text)
  const header = Buffer.alloc(length < 126 ? 2 : 4)
  header[0] = 0x81
  if (length < 126) header[1] = length
  else {
    header[1] = 126
    header.writeUInt16BE(length, 2)
  }
  return Buffer.concat([header, Buffer.from(text)])
}
