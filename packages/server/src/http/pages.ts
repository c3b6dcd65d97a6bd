import type { FastifyInstance } from 'fastify'

/** A document for people or programs, not an operation: its media type, and its content made for each request. */
export interface Page {
  readonly path: string
  readonly type: string
  readonly content: () => string | Promise<string>
  /** A page with styles of its own names their hash here; else nothing but text is allowed. */
  readonly policy?: string
}

export type ServePage = (page: Page) => void

export function servePagesOn(app: FastifyInstance): ServePage {
  return ({ path, type, content, policy }) => {
    app.get(path, async (_request, reply) => {
      if (policy) reply.header('content-security-policy', policy)
      return reply.type(type).send(await content())
    })
  }
}
