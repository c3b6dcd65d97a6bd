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

/** A door that remembers the streams which it opened; `closed`: rooms that cannot be read, or not be followed. */
function openDoor() {
  const streams: Opened[] = []
  const closed = { read: new Set<string>(), follow: new Set<string>() }
  const door = {
    async read({ room }: { room: string }) {
      if (closed.read.has(room)) throw new Error('no such room')
    },
    async follow(rooms: readonly string[], changed: Opened['changed'], ended: Opened['ended']) {
      if (rooms.some((room) => closed.follow.has(room))) throw new Error('no such room')
      const opened = { rooms, changed, ended, isOpen: true }
      streams.push(opened)
      return {
        close() {
          opened.isOpen = false
          ended()
        },
      }
    },
    explain: () => ({ code: 'room_not_found', retryable: false, detail: '' }),
  } as unknown as Door
  const told: string[] = []
  const following = new Following(door, (uri) => told.push(uri))
  const open = () => streams.filter(({ isOpen }) => isOpen).map(({ rooms }) => rooms)
  return { closed, streams, told, following, open }
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
