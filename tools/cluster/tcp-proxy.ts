import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A network between two programs that can be slow, or break. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number
  /** Pieces that went to the target. */
  readonly pieces: number
  /** Milliseconds by which each piece is late, either way. */
  delay: number
  /** While it is set, nothing arrives, and nobody is told: the cable is out. */
  isDeaf: boolean
  /** While it is set, connections that begin are refused. */
  isClosed: boolean
  /** Breaks every connection that is open. */
  cut(): void
}

/** Passes on what comes on a free port of loopback to a port of it, or to a Unix socket. */
export async function startTcpProxy(target: number | string): Promise<TcpProxy> {
  const open = new Set<Socket>()
  let pieces = 0
  const pass = (from: Socket, to: Socket, counts: boolean) => {
    // one after another, however long each takes
    let last = Promise.resolve()
    from.on('data', (bytes) => {
      if (counts) pieces++
      const { delay } = made
      last = last.then(async () => {
        if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay))
        if (!made.isDeaf && to.writable) to.write(bytes)
      })
    })
    from.on('end', () => last.then(() => to.end()))
    from.on('error', () => to.destroy())
    from.on('close', () => {
      open.delete(from)
      to.destroy()
    })
  }
  const server = createServer((near) => {
    if (made.isClosed) return void near.resetAndDestroy()
    const far = typeof target === 'string' ? connect(target) : connect(target, '127.0.0.1')
    for (const socket of [near, far]) open.add(socket.setNoDelay(true))
    pass(near, far, true)
    pass(far, near, false)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const made = {
    port: (server.address() as AddressInfo).port,
    get pieces() {
      return pieces
    },
    delay: 0,
    isDeaf: false,
    isClosed: false,
    cut() {
      for (const socket of open) socket.destroy()
    },
    async [Symbol.asyncDispose]() {
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
  return made
}
