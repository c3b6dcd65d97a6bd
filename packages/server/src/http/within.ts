import { ProtocolError } from '@aicq/protocol'

/**
 * What `work` gives, or `unavailable` once it has taken too long. Fastify's own limit makes and aborts an AbortSignal for each request,
 * which nobody here listens to and which cost a twentieth of a post.
 *
 * @param limit milliseconds
 */
export function within<T>(limit: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new ProtocolError('unavailable', 'the server took too long to answer')),
      limit,
    )
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
