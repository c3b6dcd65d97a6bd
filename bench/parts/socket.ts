import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'

/** A WebSocket that reads as little as a client can: frames are counted by what stands in them. */
export interface RawSocket {
  /** Sends a text of less than 64 KiB. */
  send(text: string): void
  close(): void
}

/** Opens `/v1/ws` without a signature. `read`: told of what comes, as it comes, and of the end. */
export async function openSocket(host: string, read: (bytes: Buffer) => void, closed: () => void): Promise<RawSocket> {
  const [name, port] = host.split(':')
  const socket = connect(Number(port), name)
  socket.setNoDelay(true)
  await once(socket, 'connect')
  const key = randomBytes(16).toString('base64')
  socket.write(
    `GET /v1/ws HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: aicq.v1\r\n\r\n`,
  )
  const [first] = (await once(socket, 'data')) as [Buffer]
  if (!first.toString('latin1').startsWith('HTTP/1.1 101')) throw new Error(`no socket: ${first.toString('latin1')}`)
  const end = first.indexOf('\r\n\r\n') + 4
  if (end < first.length) read(first.subarray(end))
  socket.on('data', read)
  // pings may come together with other frames: a pong that nobody asked for says the same
  const beating = setInterval(() => socket.write(masked(0x8a, Buffer.alloc(0))), 15_000)
  beating.unref()
  socket.on('error', () => {})
  socket.on('close', () => {
    clearInterval(beating)
    closed()
  })
  return { send: (text) => void socket.write(masked(0x81, Buffer.from(text))), close: () => socket.destroy() }
}

/** A client's frame (RFC 6455, 5.2), masked with zeros. */
function masked(opcode: number, payload: Buffer): Buffer {
  const head =
    payload.length < 126
      ? Buffer.from([opcode, 0x80 | payload.length])
      : Buffer.from([opcode, 0xfe, payload.length >> 8, payload.length & 255])
  return Buffer.concat([head, Buffer.alloc(4), payload])
}

const mark = Buffer.from('"method":"event"')

/** Counts the events in what comes on one socket, however it is cut into pieces. */
export function eventCounter(): (bytes: Buffer) => number {
  let end = Buffer.alloc(0)
  return (bytes) => {
    const seam = Buffer.concat([end, bytes.subarray(0, mark.length - 1)])
    const count = countIn(seam) + countIn(bytes)
    const tail = bytes.subarray(-(mark.length - 1))
    end = tail.length < mark.length - 1 ? Buffer.concat([end, tail]).subarray(-(mark.length - 1)) : Buffer.from(tail)
    return count
  }
}

function countIn(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) count++
  return count
}
