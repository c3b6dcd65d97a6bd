import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { ReaderOrder, ReaderState } from './readers.ts'

/** Readers in a process of their own. */
export async function openReaders(url: string) {
  const child = fork(join(import.meta.dirname, 'readers.ts'), [new URL(url).host])
  const failed = once(child, 'exit').then(([code]) => {
    throw new Error(`the readers ended with ${code}`)
  })
  failed.catch(() => {})
  const next = () => Promise.race([once(child, 'message').then(([message]) => message), failed])
  await next()
  return {
    async ask(order: ReaderOrder): Promise<ReaderState> {
      child.send(order)
      return next()
    },
    [Symbol.dispose]: () => void child.kill(),
  }
}
