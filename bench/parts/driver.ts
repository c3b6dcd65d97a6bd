import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Order, Outcome } from './load.ts'

export type Driver = Awaited<ReturnType<typeof openDriver>>

/** Load from another process than the server's and this one's. `begins` runs when everything is signed and connected. */
export async function openDriver(url: string) {
  const child = fork(join(import.meta.dirname, 'load.ts'), [url])
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the load ended with ${code}`)
  })
  failed.catch(() => {})
  const next = () => Promise.race([once(child, 'message').then(([message]) => message), failed])
  await next()
  return {
    async run(order: Order, begins: () => void = () => {}): Promise<Outcome> {
      child.send(order)
      await next()
      begins()
      return next()
    },
    [Symbol.dispose]: () => void child.kill(),
  }
}
