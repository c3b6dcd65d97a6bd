import { once } from 'node:events'
import { connect } from 'node:net'

/** A kept connection that asks one thing at a time: as little work as a client can have. */
export async function openConnection(host: string) {
  const [name, port] = host.split(':')
  const socket = connect(Number(port), name)
  socket.setNoDelay(true)
  await once(socket, 'connect')
  let received = ''
  let settle: { resolve: (status: number) => void; reject: (error: Error) => void } | undefined
  socket.setEncoding('latin1')
  socket.on('data', (chunk: string) => {
    received += chunk
    const end = received.indexOf('\r\n\r\n')
    if (end < 0) return
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0)
    if (received.length < end + 4 + length) return
    const status = Number(received.slice(9, 12))
    received = received.slice(end + 4 + length)
    settle?.resolve(status)
  })
  socket.on('close', () => settle?.reject(new Error('the server closed the connection')))
  return {
    /** Sends a whole request; gives the status of the answer. */
    ask: (request: Buffer): Promise<number> =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject }
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}
