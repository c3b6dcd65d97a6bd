import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { test } from 'node:test'
import { openAudience } from './audience.ts'
import type { Entry, Told } from './entry.ts'

const room = '00000000-0000-4000-8000-000000000001'

/** A message at a position of the log. */
function message(pos: number): Entry {
  const said = {
    id: `m${pos}`,
    author: 'ada',
    isPrivate: false,
    mentions: [],
    expiresAt: 1,
    members: 2,
    pid: undefined,
  }
  const entry: Entry = {
    pos,
    type: 'message.created',
    at: pos,
    room,
    agent: 'ada',
    ref: `m${pos}`,
    trace: null,
    cursor: `c${pos}`,
    said,
    delivery: undefined,
  }
  entry.delivery = { entry, cursor: entry.cursor, json: Buffer.from('{}') }
  return entry
}

/** So many readers of the room, who note the positions of what they are given. */
function givenReaders(count: number) {
  const audience = openAudience()
  const readers = Array.from({ length: count }, () => {
    const given: number[] = []
    const view = {
      agent: undefined,
      mine: false,
      dms: false,
      mentions: false,
      keys: [],
      rooms: new Map([[room, 'public' as const]]),
      memberOf: new Set<string>(),
      at: 0,
    }
    const take = (told: readonly Told[]) => void given.push(...told.map(({ entry }) => entry.pos))
    return { view, from: 0, take, given }
  })
  for (const one of readers) audience.add(one)
  return { audience, readers }
}

test('a batch comes to every reader once and in order, and others have their turn between sixty-four of them', async () => {
  const { audience, readers } = givenReaders(200)
  const done: number[] = []
  const telling = audience.tell([message(1), message(2)])
  setImmediate(() => done.push(readers.filter(({ given }) => given.length > 0).length))
  await telling
  assert.ok(done[0]! < 200, `${done[0]} had it before others had their turn`)
  for (const { given } of readers) assert.deepEqual(given, [1, 2])
})

test('who leaves meanwhile gets nothing, and who comes back meanwhile nothing twice', async () => {
  const { audience, readers } = givenReaders(200)
  const telling = audience.tell([message(1), message(2)])
  const [gone, back] = [readers.at(-2)!, readers.at(-1)!]
  audience.delete(gone)
  audience.delete(back)
  back.from = 2 // it has read that far by itself
  audience.add(back)
  await telling
  assert.deepEqual([gone.given, back.given], [[], []])
})
