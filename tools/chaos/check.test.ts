import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check, isKept, type Verdict } from './check.ts'
import { type History, newHistory } from './history.ts'

/** Three messages of one room, all acknowledged in turn and heard by one reader. */
function good(): History {
  const history = newHistory()
  const messages = ['a', 'b', 'c'].map((id, at) => ({ id, seq: at + 1, body: `says ${id}` }))
  history.rooms.set('r', messages)
  for (const [at, { id, seq, body }] of messages.entries())
    history.attempts.push({ id, room: 'r', author: 'ada', body, began: at * 10, acked: { at: at * 10 + 5, seq } })
  history.heard.push({ reader: 'bob', room: 'r', messages: [...messages] })
  return history
}

const none = { acknowledged: 3, lost: 0, duplicated: 0, reordered: 0, leaked: 0, replayed: 0, faults: 0 }

test('a history in which all is well is judged so, and one in which nothing happened is not', () => {
  assert.deepEqual(check(good()), none)
  assert.ok(isKept(none))
  assert.ok(!isKept(check(newHistory())))
})

const broken: [string, (history: History) => void, Partial<Verdict>][] = [
  ['is not there in the end', (h) => h.rooms.set('r', h.rooms.get('r')!.slice(0, 2)), { lost: 2 }],
  ['has another text', (h) => (h.attempts[1] = { ...h.attempts[1]!, body: 'other' }), { lost: 1 }],
  ['has another number', (h) => (h.attempts[1]!.acked = { at: 15, seq: 9 }), { lost: 1, reordered: 1 }],
  ['did not come to a reader', (h) => void h.heard[0]!.messages.splice(1, 1), { lost: 1 }],
  ['came to no reader', (h) => void h.heard[0]!.messages.splice(0), { lost: 3 }],
  ['came to a reader twice', (h) => void h.heard[0]!.messages.push(h.heard[0]!.messages[2]!), { duplicated: 1 }],
  ['came to a reader too late', (h) => void h.heard[0]!.messages.reverse(), { reordered: 2 }],
  [
    'is stored under two ids',
    (h) => h.rooms.set('r', [...h.rooms.get('r')!, { id: 'd', seq: 4, body: 'says b' }]),
    { lost: 1, duplicated: 1 },
  ],
  [
    'left a hole in the numbers',
    (h) => h.rooms.set('r', [...h.rooms.get('r')!.slice(0, 2), { id: 'c', seq: 4, body: 'says c' }]),
    { lost: 2, reordered: 1 },
  ],
  [
    'was put before what was acknowledged earlier',
    (h) => (h.attempts[0] = { ...h.attempts[0]!, began: 100, acked: { at: 105, seq: 1 } }),
    { reordered: 1 },
  ],
  ['was seen by a stranger', (h) => void h.leaks.push('a'), { leaked: 1 }],
  ['was accepted from a used request', (h) => void h.replays.push('a'), { replayed: 1 }],
]
for (const [what, breaks, expected] of broken)
  test(`it is found that a message ${what}`, () => {
    const history = good()
    breaks(history)
    const verdict = check(history)
    assert.deepEqual(verdict, { ...none, ...expected })
    assert.ok(!isKept(verdict))
  })
