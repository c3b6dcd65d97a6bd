import { isSilence, type RedisClient } from './connect.ts'
import { answer } from './scripts.ts'

/** What is asked about keys of one owner: the names and words of questions as `answer` takes them. */
export interface Question {
  readonly owner: string
  readonly keys: readonly string[]
  readonly words: readonly (string | number)[]
  /** How many answers come. */
  readonly answers: number
}

interface Waiting extends Question {
  resolve(answers: readonly string[]): void
  reject(cause: unknown): void
}

/** Redis does nothing else meanwhile: one takes some microseconds. */
const most = 200

/**
 * Asks together what is asked in one turn of the event loop, or while an answer is under way: a command costs this server more than a
 * question does. In a Redis Cluster this holds for each owner by itself, whose keys alone are sure to be on one node.
 */
export function askTogether(redis: RedisClient, now: () => number): (question: Question) => Promise<readonly string[]> {
  const queues = new Map<string, Waiting[]>()

  /** Gives why there is no answer, if there is none. */
  async function send(batch: readonly Waiting[]): Promise<{ readonly cause: unknown } | undefined> {
    try {
      const keys = batch.flatMap((one) => one.keys)
      const words = batch.flatMap((one) => one.words)
      const all = (await redis.run(answer, keys, [now(), ...words])) as string[]
      let at = 0
      for (const one of batch) {
        one.resolve(all.slice(at, at + one.answers))
        at += one.answers
      }
      return undefined
    } catch (cause) {
      for (const one of batch) one.reject(cause)
      return { cause }
    }
  }

  async function drain(place: string, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      const failed = await send(queue.splice(0, most))
      // who came meanwhile would wait as long again, and the next ones behind it
      if (failed && isSilence(failed.cause)) for (const one of queue.splice(0)) one.reject(failed.cause)
    }
    queues.delete(place)
  }

  return (question) =>
    new Promise((resolve, reject) => {
      const place = redis.isCluster ? question.owner : ''
      const waiting = { ...question, resolve, reject }
      const queue = queues.get(place)
      if (queue) {
        queue.push(waiting)
        return
      }
      const fresh = [waiting]
      queues.set(place, fresh)
      setImmediate(drain, place, fresh)
    })
}
