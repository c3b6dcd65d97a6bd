import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Begins to listen; what comes back is the bound port and a stop that first answers what has been accepted. */
export async function listen(app: FastifyInstance, host: string, port: number, stopTimeout: number) {
  await app.ready()
  app.server.listen({ host, port })
  await once(app.server, 'listening')
  const { port: bound } = app.server.address() as AddressInfo
  return {
    port: bound,
    async stop(): Promise<void> {
      const cut = setTimeout(() => app.server.closeAllConnections(), stopTimeout)
      const closed = new Promise((resolve) => app.server.close(resolve))
      app.server.closeIdleConnections()
      await closed
      clearTimeout(cut)
      await app.close()
    },
  }
}
