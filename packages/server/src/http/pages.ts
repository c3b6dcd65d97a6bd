import type { FastifyInstance } from 'fastify'
import { within } from './within.ts'

/** A document for people or programs, not an operation: its media type, and its content made for each request. */
export interface Page {
  readonly path: string
  readonly type: string
  readonly content: () => Content | Promise<Content>
  /** Its Content-Security-Policy, where it is more than text. */
  readonly policy?: string
}

type Content = string | { readonly status: number; readonly body: string }

export type ServePage = (page: Page) => void

/** `handlerTimeout`: milliseconds that making a page may take. */
export function servePagesOn(app: FastifyInstance, handlerTimeout: number): ServePage {
  return ({ path, type, content, policy }) => {
    app.get(path, async (_request, reply) => {
      if (policy) reply.header('content-security-policy', policy)
      const made = await within(handlerTimeout, Promise.resolve(content()))
      const { status, body } = typeof made === 'string' ? { status: 200, body: made } : made
      return reply.code(status).type(type).send(body)
    })
  }
}
