import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Door } from './door.ts'
import { Following } from './following.ts'

interface Opened {
  readonly rooms: readonly string[]
  readonly changed: (room: string) => void
  readonly ended: () => void
  isOpen: boolean
}

/** A door that remembers the streams which it opened; `closed`: rooms that cannot be read, or not be followed; `isAway`: nothing can. */
function openDoor() {
  const server = { isAway: false }
  const streams: Opened[] = []
  const closed = { read: new Set<string>(), follow: new Set<string>() }
  const door = {
    async read({ room }: { room: string }) {
      if (server.isAway || closed.read.has(room)) throw new Error('no such room')
    },
    async follow(rooms: readonly string[], changed: Opened['changed'], ended: Opened['ended']) {
      if (server.isAway || rooms.some((room) => closed.follow.has(room))) throw new Error('no such room')
      const opened = { rooms, changed, ended, isOpen: true }
      streams.push(opened)
      return {
        close() {
          opened.isOpen = false
          ended()
        },
      }
    },
    explain: () => ({ code: 'room_not_found', retryable: server.isAway, detail: '' }),
  } as unknown as Door
  const told: string[] = []
  const following = new Following(door, (uri) => told.push(uri))
  const open = () => streams.filter(({ isOpen }) => isOpen).map(({ rooms }) => rooms)
  return { server, closed, streams, told, following, open }
}

test('a room that cannot be followed leaves those that are as they were', async () => {
  const { closed, following, open, streams, told } = openDoor()
  await following.add('one', 'uri:one', 1)
  closed.follow.add('two')
  await assert.rejects(following.add('two', 'uri:two', 1), /no such room/)
  assert.deepEqual(open(), [['one']])
  await following.add('three', 'uri:three', 1)
  assert.deepEqual(open(), [['one', 'three']])
  streams.at(-1)!.changed('three')
  assert.deepEqual(told, ['uri:three'])
  following.close()
  assert.deepEqual(open(), [])
})

test('where a stream ends because one room is closed, the others are followed on, and once', async () => {
  const { closed, following, open, streams } = openDoor()
  await following.add('one', 'uri:one', 1)
  await following.add('two', 'uri:two', 1)
  closed.read.add('one')
  const last = streams.at(-1)!
  last.isOpen = false
  last.ended()
  for (let turn = 0; turn < 10; turn++) await setImmediate()
  assert.deepEqual(open(), [['two']])
  assert.equal(streams.length, 3)
})

test('where a stream ends because the server has gone, its rooms are followed when it is back', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { server, following, open, streams } = openDoor()
  await following.add('one', 'uri:one', 1)
  server.isAway = true
  streams[0]!.isOpen = false
  streams[0]!.ended()
  const later = async () => {
    for (let turn = 0; turn < 10; turn++) await setImmediate()
    t.mock.timers.tick(1_000)
    for (let turn = 0; turn < 10; turn++) await setImmediate()
  }
  await later()
  await later()
  assert.deepEqual(open(), [])
  server.isAway = false
  await later()
  assert.deepEqual(open(), [['one']])
  following.close()
  await later()
  assert.deepEqual(open(), [])
})
