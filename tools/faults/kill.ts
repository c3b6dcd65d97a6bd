import assert from 'node:assert/strict'
import { type Identity, newMessageId } from '@aicq/protocol'
import { newAgent, send } from '../testing/requests.ts'
import { dataFolder, serve } from '../testing/served.ts'
import { everything, type Sent } from './posts.ts'

/** What is killed: the server alone, or every process of PostgreSQL with it. */
export type Victim = 'server' | 'postgresql too'

/**
 * Eight agents write, everything is killed in the middle of it, and started again: what was acknowledged must be there once, under its
 * number, and what was not may be sent again and is then one message. Gives how many posts were acknowledged before the end.
 *
 * @param after acknowledged posts after which the end comes
 */
export async function killRound(victim: Victim, after: number): Promise<number> {
  using folder = dataFolder()
  const sent: Sent[] = []
  {
    const server = await serve(folder.path)
    const authors = await Promise.all(Array.from({ length: 8 }, () => newAgent(server.url)))
    const enough = Promise.withResolvers<void>()
    const writing = authors.map((author) =>
      write(server.url, author, sent, () => {
        if (sent.filter(({ seq }) => seq !== undefined).length >= after) enough.resolve()
      }),
    )
    await enough.promise
    await server.kill({ postgres: victim === 'postgresql too' })
    await Promise.all(writing)
  }
  await using server = await serve(folder.path)
  const acknowledged = sent.filter(({ seq }) => seq !== undefined)
  const before = await everything(server.url)
  for (const { id, seq, body } of acknowledged)
    assert.deepEqual(
      before.filter((message) => message.id === id),
      [{ id, seq, body }],
      `${id} was acknowledged`,
    )
  for (const post of sent) await again(server.url, post)
  const now = await everything(server.url)
  assert.equal(now.length, sent.length)
  assert.deepEqual(new Set(now.map(({ id }) => id)), new Set(sent.map(({ id }) => id)))
  assert.equal(new Set(now.map(({ seq }) => seq)).size, now.length)
  return acknowledged.length
}

/** Writes until the server is gone. */
async function write(url: string, author: Identity, sent: Sent[], acknowledged: () => void): Promise<void> {
  for (let n = 0; ; n++) {
    const post: Sent = { author, id: newMessageId(), body: `${author.id} ${n}` }
    sent.push(post)
    const answer = await send(url, 'POST /v1/room/global', {
      as: author,
      body: { id: post.id, body: post.body },
    }).catch(() => undefined)
    if (!answer) return
    if (answer.status !== 201) continue
    post.seq = answer.body.seq
    acknowledged()
  }
}

/** What a client does that heard no answer. */
async function again(url: string, { author, id, body, seq }: Sent): Promise<void> {
  const answer = await send(url, 'POST /v1/room/global', { as: author, body: { id, body } })
  assert.ok(
    answer.status === 200 || (seq === undefined && answer.status === 201),
    `${id} was answered ${answer.status}`,
  )
  if (seq !== undefined) assert.equal(answer.body.seq, seq)
}

// node tools/faults/kill.ts [ROUNDS]: more rounds, by hand
if (import.meta.main)
  for (let round = 1; round <= Number(process.argv[2] ?? 10); round++) {
    const victim: Victim = round % 2 ? 'server' : 'postgresql too'
    const acknowledged = await killRound(victim, 100 + Math.floor(Math.random() * 900))
    console.log(`round ${round}, ${victim}: ${acknowledged} acknowledged, none lost`)
  }
