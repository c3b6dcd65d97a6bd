import { isOf, read, withBody } from './answers.ts'
import type { Broken } from './faults.ts'
import { watchRooms } from './watch-rooms.ts'

const idOf = (frame: string) => /^id: ?(.*)$/m.exec(frame)?.[1]
const cursorOf = (line: string) => new URL(line.split(' ')[1]!, 'http://any').searchParams.get('cursor') ?? ''
const across = 'a cursor of one transport is good on each other'

/** Servers that lose, repeat or show too many events. */
export const eventFaults: readonly Broken[] = [
  {
    name: 'repeats the event from which a stream goes on',
    areas: ['resume'],
    fails: ['by stream, a reader goes on from the cursor of an event without loss or repetition', across],
    make() {
      const remembered = new Map<string, string>()
      const begun = new WeakSet<object>()
      return {
        frame(frame, asked) {
          if (frame.includes('\ndata:')) remembered.set(idOf(frame)!, frame)
          if (begun.has(asked)) return frame
          begun.add(asked)
          return frame + (remembered.get(String(asked.headers['last-event-id'])) ?? '')
        },
      }
    },
  },
  {
    name: 'ignores the cursor with which a stream is opened',
    areas: ['resume'],
    fails: [
      'by stream, everything after a cursor comes once and in order',
      'by stream, a reader goes on from the cursor of an event without loss or repetition',
      across,
    ],
    make: () => ({ ask: ({ headers: { 'last-event-id': _, ...headers }, ...asked }) => ({ ...asked, headers }) }),
  },
  {
    name: 'drops the event after the one from which a sync goes on',
    areas: ['resume'],
    fails: ['by sync, a reader goes on from the cursor of an event without loss or repetition'],
    make() {
      const places = new Map<string, string>()
      const pages = new Set<string>()
      return {
        answer(answered, asked) {
          if (!isOf(asked, 'GET /v1/sync')) return answered
          const { events = [], cursor } = read(answered.text)
          pages.add(cursor)
          for (const one of events) places.set(one.cursor, one.message?.body)
          const at = cursorOf(asked.line)
          // the check goes on from these; others, that continue pages, from elsewhere
          const drops = ['1', '5', '7'].includes(places.get(at) ?? '') && !pages.has(at)
          const first = events.find(({ type }: { type: string }) => type === 'message.created')
          const left = events.filter((one: object) => one !== first)
          return drops ? withBody(answered, (body) => ({ ...body, events: left })) : answered
        },
      }
    },
  },
  {
    name: 'loses the trace of a request',
    areas: ['events'],
    fails: ['an event carries on the trace of the request that it comes from, and a malformed one is ignored'],
    make: () => ({
      ask: ({ headers: { traceparent: _, ...headers }, ...asked }) => ({ ...asked, headers }),
    }),
  },
  {
    name: 'tells of direct messages twice',
    areas: ['events'],
    fails: ['a direct message is told to its recipient and its author, and to nobody else'],
    make: () => ({
      answer: (answered, { line }) =>
        line.startsWith('GET /v1/sync?dms=true&')
          ? withBody(answered, (body) => ({ ...body, events: body.events.flatMap((one: object) => [one, one]) }))
          : answered,
    }),
  },
  {
    name: 'repeats an event on a socket',
    areas: ['resume'],
    fails: [
      'by socket, everything after a cursor comes once and in order',
      'by socket, a reader goes on from the cursor of an event without loss or repetition',
      across,
    ],
    make: () => ({
      message: (text) => (read(text).params?.event?.message?.body === '8' ? [text, text] : [text]),
    }),
  },
  {
    name: 'announces private rooms',
    areas: ['announcements'],
    fails: ['who follows global is told of new public rooms, and of no private one'],
    make() {
      const { rooms, see } = watchRooms()
      return {
        answer(answered, asked) {
          see(answered, asked)
          const created = [...rooms].map((room) => ({ type: 'room.created', room }))
          return asked.line.startsWith('GET /v1/sync?rooms=global&')
            ? withBody(answered, (body) => ({ ...body, events: [...body.events, ...created] }))
            : answered
        },
      }
    },
  },
  {
    name: 'lets pages of other sites open sockets',
    areas: ['sockets'],
    fails: ['a page of another origin opens no socket'],
    make: () => ({ upgrade: ({ origin: _, ...headers }) => headers }),
  },
]
