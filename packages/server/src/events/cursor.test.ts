import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { cursors, tagOf } from './cursor.ts'

const vectors = JSON.parse(readFileSync(new URL('../../../../spec/vectors/cursors.json', import.meta.url), 'utf8'))
const secret = Buffer.from(vectors.secret, 'base64')
const ours = cursors(secret, () => vectors.epoch)

test('the cursors of the vectors open to their place in the log, or are not of this log', () => {
  for (const { name, cursor, expect, pos, tag } of vectors.cursors) {
    const opened = ours.open(cursor)
    if (expect === 'resync_required') assert.equal(opened, undefined, name)
    else assert.deepEqual(opened, { pos, tag: Buffer.from(tag, 'base64') }, name)
  }
})

test('the tag of an event is the one that others compute', () => {
  for (const { name, event, tag, expect } of vectors.cursors)
    if (expect === 'opened') assert.equal(tagOf(event ?? undefined).toString('base64'), tag, name)
})

test('a cursor opens for the instance and the time line that made it, and shows nothing of its place', () => {
  const position = { pos: 41, tag: Buffer.from('0123456789abcdef', 'hex') }
  const [one, two] = [ours.seal(position), ours.seal(position)]
  assert.notEqual(one, two)
  assert.match(one, /^[\w-]{86}$/)
  assert.deepEqual(ours.open(one), position)
  assert.equal(cursors(secret, () => '1:1').open(one), undefined)
  assert.equal(cursors(Buffer.alloc(32), () => vectors.epoch).open(one), undefined)
})
