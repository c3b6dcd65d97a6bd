import { isOf, read, withBody } from './answers.ts'
import type { Broken } from './faults.ts'
import { watchRooms } from './watch-rooms.ts'

const idOf = (frame: string) => /^id: ?(.*)$/m.exec(frame)?.[1]
const cursorOf = (line: string) => new URL(line.split(' ')[1]!, 'http://any').searchParams.get('cursor') ?? ''

/** Servers that lose, repeat or show too many events. */
export const eventFaults: readonly Broken[] = [
  {
    name: 'repeats the event from which a stream goes on',
    fails: 'by stream, a reader goes on from the cursor of an event without loss or repetition',
    make() {
      const remembered = new Map<string, string>()
      const begun = new WeakSet<object>()
      return {
        frame(frame, asked) {
          // the check that goes from one transport to another does so from the third
          if (/"seq":[4-8]\b/.test(frame)) remembered.set(idOf(frame)!, frame)
          if (begun.has(asked)) return frame
          begun.add(asked)
          return frame + (remembered.get(cursorOf(asked.line)) ?? '')
        },
      }
    },
  },
  {
    name: 'ignores the header with which a stream goes on',
    fails: 'the header Last-Event-ID counts as cursor, and goes before it',
    make: () => ({ ask: ({ headers: { 'last-event-id': _, ...headers }, ...asked }) => ({ ...asked, headers }) }),
  },
  {
    name: 'drops the event after the one from which a sync goes on',
    fails: 'by sync, a reader goes on from the cursor of an event without loss or repetition',
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
    fails: 'an event carries on the trace of the request that it comes from, and a malformed one is ignored',
    make: () => ({
      ask: ({ headers: { traceparent: _, ...headers }, ...asked }) => ({ ...asked, headers }),
    }),
  },
  {
    name: 'tells of direct messages twice',
    fails: 'a direct message is told to its recipient and its author, and to nobody else',
    make: () => ({
      answer: (answered, { line }) =>
        line.startsWith('GET /v1/sync?dms=true&')
          ? withBody(answered, (body) => ({ ...body, events: body.events.flatMap((one: object) => [one, one]) }))
          : answered,
    }),
  },
  {
    name: 'repeats an event on a socket',
    fails: 'by socket, everything after a cursor comes once and in order',
    make() {
      // those that go on from an event of theirs do not begin with the first message, and get each once
      const fromTheFirst = new WeakSet<object>()
      return {
        message(text, connection) {
          const body = read(text).params?.event?.message?.body
          if (body === '1') fromTheFirst.add(connection)
          return body === '8' && fromTheFirst.has(connection) ? [text, text] : [text]
        },
      }
    },
  },
  {
    name: 'announces private rooms',
    fails: 'who follows global is told of new public rooms, and of no private one',
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
    fails: 'a page of another origin opens no socket',
    make: () => ({ upgrade: ({ origin: _, ...headers }) => headers }),
  },
]
