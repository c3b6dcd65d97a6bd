import assert from 'node:assert/strict'
import { test } from 'node:test'
import { events, GLOBAL_ROOM, rooms } from '@aicq/protocol'
import { inputReader } from './input.ts'

const room = '0189ABCD-0000-7000-8000-000000000001'

test('lists in a query are separated by commas, flags are words or digits, and ids get their one spelling', () => {
  const { parts } = inputReader(events.eventsSync, false)
  const read = (query: Record<string, string>) => parts({ params: {}, query, json: undefined })
  const given = read({ rooms: `global,${room}`, dms: '1', mentions: 'false', wait: '5' })
  assert.deepEqual(given, {
    rooms: [GLOBAL_ROOM, room.toLowerCase()],
    dms: true,
    mentions: false,
    wait: 5,
    limit: 100,
  })
  assert.deepEqual(read({ rooms: '' }).rooms, [])
  for (const [query, words] of [
    [{ rooms: `global,nowhere` }, /query\.rooms\.1 must be a UUID or "global"/],
    [{ presence: 'did:key:x' }, /query\.presence\.0 is not a did:key/],
    [{ dms: 'yes' }, /query\.dms must be boolean/],
    [{ rooms: Array(101).fill('global').join() }, /query\.rooms must not have more than 100 items/],
  ] as const)
    assert.throws(() => read(query as never), words)
})

test('flat parameters are JSON: numbers, flags and lists as such, and each goes to the part that knows it', () => {
  const { flat } = inputReader(events.eventsSync, false)
  const given = flat({ rooms: ['global', room], dms: true, wait: 5 })
  assert.deepEqual(given, {
    rooms: [GLOBAL_ROOM, room.toLowerCase()],
    dms: true,
    mentions: false,
    wait: 5,
    limit: 100,
  })
  for (const [params, words] of [
    [{ wait: '5' }, /query\.wait must be integer/],
    [{ dms: 'true' }, /query\.dms must be boolean/],
    [{ rooms: 'global' }, /query\.rooms must be array/],
    [{ rooms: [7] }, /query\.rooms\.0 must be string/],
    [{ other: 1 }, /query\.other is not known here/],
  ] as const)
    assert.throws(() => flat(params), words)
  const leave = inputReader(rooms.roomLeave, false)
  assert.deepEqual(leave.flat({ room: 'global' }), { room: GLOBAL_ROOM })
  assert.throws(() => leave.flat({ room: 'global', other: 1 }), /query\.other is not known here: nothing is expected/)
  assert.throws(() => leave.flat({}), /path\.room is missing/)
})
