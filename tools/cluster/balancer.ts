import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** One address before several servers. */
export interface Balancer extends AsyncDisposable {
  readonly url: string
}

/** Gives each connection to the next of those servers that said, when they were asked last, that they are ready: each 100 ms, or as soon as all answer. */
export async function startBalancer(port: number, nodes: readonly string[]): Promise<Balancer> {
  const open = new Set<Socket>()
  let ready: string[] = []
  let next = 0
  const look = async () => {
    const answers = await Promise.all(nodes.map((url) => fetch(`${url}/health/ready`).catch(() => undefined)))
    ready = nodes.filter((_, at) => answers[at]?.ok)
  }
  await look()
  let isOver = false
  const looking = (async () => {
    for (; !isOver; await sleep(100)) await look()
  })()
  const server = createServer((near) => {
    const url = ready[next++ % ready.length]
    if (!url) return void near.resetAndDestroy()
    const far = connect(Number(new URL(url).port), '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(from)
      from.setNoDelay(true).on('error', () => to.destroy())
      from.on('close', () => {
        open.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  }).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      isOver = true
      await looking
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}
