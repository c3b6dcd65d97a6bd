import cluster from 'node:cluster'
import type { Gather } from '../metrics.ts'
import type { Announcement, FromPrimary, FromWorker } from './messages.ts'

/** One of the processes of a server, as it sees the primary. */
export interface WorkerSide {
  ready(announcement: Announcement): void
  /** Calls when the primary wants an end. */
  onStop(stop: () => void): void
  /** Says that the end of this process is meant. */
  leave(): void
  /** The page of figures of all. */
  readonly gather: Gather
}

/** Nothing in a process that is not a worker. */
export function workerSide(): WorkerSide | undefined {
  if (!cluster.isWorker) return undefined
  const tell = (message: FromWorker) => void process.send!(message)
  const listen = (hear: (message: FromPrimary) => void) => void process.on('message', hear)
  return {
    ready: (announcement) => tell({ ready: announcement }),
    onStop: (stop) => listen((message) => 'stop' in message && stop()),
    leave: () => void cluster.worker!.disconnect(),
    gather(own) {
      const asked = new Map<number, (text: string) => void>()
      listen((message) => {
        if ('count' in message) void own().then((figures) => tell({ counted: message.count, figures }))
        if ('page' in message) asked.get(message.page)?.(message.text)
      })
      let last = 0
      return () => {
        const page = ++last
        const { promise, resolve } = Promise.withResolvers<string>()
        asked.set(page, resolve)
        tell({ page })
        return promise.finally(() => asked.delete(page))
      }
    },
  }
}
