import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Identity, newMessageId } from '@aicq/protocol'
import { type Kept, kept } from '../testing/kept.ts'
import { eventually, newAgent } from '../testing/requests.ts'
import { type ServedProcess, serve } from '../testing/served.ts'
import { everything, type Sent } from './posts.ts'

/** Limits that are never reached, so that only a stop ends what waits. */
export const patient = {
  HEADERS_TIMEOUT: '600000',
  REQUEST_TIMEOUT: '600000',
  HANDLER_TIMEOUT: '600000',
  STATEMENT_TIMEOUT: '60000',
  STOP_TIMEOUT: '600000',
}

/** Ends a server as an operator does, by one signal or some at once: it must end well, and its PostgreSQL with it. */
export async function stopWell(server: ServedProcess, signals: readonly NodeJS.Signals[] = ['SIGTERM']): Promise<void> {
  const postgres = server.postgres()
  for (const signal of signals) process.kill(server.pid, signal)
  assert.equal(await Promise.race([server.ended, sleep(240_000, 'still there', { ref: false })]), 0)
  assert.deepEqual(postgres.filter(isRunning), [])
}

/** The dead whom nobody has buried do not count. */
function isRunning(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== ''
  } catch {
    return false
  }
}

/** Waits until a stop has begun: nobody can connect any more. */
export async function untilStopping(url: string): Promise<void> {
  await eventually(() => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    return new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(false))
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
    }).finally(() => socket.destroy())
  }, 60_000)
}

/**
 * Eight agents write, each on a connection that it keeps, while the server is stopped and started again. Each request that went out must be
 * answered; a post that found nobody listening is sent again to the next server. In the end each is there once, under the number that was
 * acknowledged.
 *
 * @param after posts that are acknowledged before each stop
 */
export async function restartUnderWriters(dataDir: string, restarts: number, after: number): Promise<void> {
  const sent: Sent[] = []
  const place: Place = { url: '', finished: false, gone: false }
  const launch = { environment: patient }
  let server = await serve(dataDir, launch)
  try {
    place.url = server.url
    const before = (await everything(server.url)).length
    const authors = await Promise.all(Array.from({ length: 8 }, () => newAgent(server.url)))
    const writing = Promise.all(authors.map((author) => write(author, place, sent)))
    writing.catch(() => {}) // it is heard below
    const acknowledged = () => sent.filter(({ seq }) => seq !== undefined).length
    for (let restart = 0; restart < restarts; restart++) {
      const enough = acknowledged() + after
      await Promise.race([writing, eventually(async () => acknowledged() >= enough, 240_000)])
      await stopWell(server)
      server = await serve(dataDir, launch)
      place.url = server.url
    }
    place.finished = true
    await writing
    const there = await everything(server.url)
    for (const { id, seq, body } of sent)
      assert.deepEqual(
        there.filter((message) => message.id === id),
        [{ id, seq, body }],
        `${id} was acknowledged`,
      )
    assert.equal(there.length, before + sent.length)
  } finally {
    place.gone = true
    await server[Symbol.asyncDispose]()
  }
}

/** Where the server is at present. */
interface Place {
  url: string
  /** Enough was written: what was begun is still brought to its end. */
  finished: boolean
  /** No other server will come. */
  gone: boolean
}

async function write(author: Identity, place: Place, sent: Sent[]): Promise<void> {
  using connection = kept()
  for (let n = 0; !place.finished && !place.gone; n++) {
    const post: Sent = { author, id: newMessageId(), body: `${author.id} ${n}` }
    sent.push(post)
    post.seq = await untilAnswered(connection, place, post)
  }
}

async function untilAnswered(connection: Kept, place: Place, { author, id, body }: Sent): Promise<number> {
  while (true)
    try {
      const answer = await connection.ask(place.url, 'POST /v1/room/global', { as: author, body: { id, body } })
      // not 200: then an earlier attempt would have been accepted and not answered
      assert.equal(answer.status, 201)
      return answer.body.seq
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED' || place.gone) throw error
      await sleep(10)
    }
}
