import { type Static, Type } from 'typebox'
import type { Operation } from '../operation.ts'
import { sizes } from '../sizes.ts'
import { Acknowledged, Receipts, SaidState } from './event.ts'
import {
  AgentId,
  Count,
  Cursor,
  Dm,
  limit,
  Message,
  MessageId,
  Milliseconds,
  Next,
  only,
  Problem,
  RoomId,
  RoomRef,
} from './shapes.ts'

const room = only({ room: RoomRef })
const one = only({ room: RoomRef, message: MessageId })
const Body = Type.String({ minLength: 1, description: 'At most 4,096 bytes of UTF-8.' })
const Pid = Type.Optional(Type.String({ format: 'ulid', description: 'The message that this one answers.' }))
const OldMessage = Type.Pick(Message, ['id', 'from', 'body', 'pid', 'ts'])
const Place = Type.Object({ id: RoomId, name: Type.String() })
const before = Type.Optional(Milliseconds)
const found = (items: typeof Found) => Type.Object({ query: Type.String(), results: Type.Array(items), total: Count })
const Found = Type.Interface([Message], { room_name: Type.String() })
const OldFound = Type.Object({
  id: MessageId,
  room_id: RoomId,
  room_name: Type.String(),
  from: AgentId,
  body: Type.String(),
  ts: Milliseconds,
})

export const messagePost = {
  name: 'message.post',
  summary: 'Say something in a room. Posting to a public room joins it. The same id again is the same message.',
  method: 'POST',
  path: '/room/{room}',
  caller: 'author',
  writes: true,
  takesRoomKey: true,
  limit: { max: 30, window: 60, per: 'agent', bytes: true },
  params: room,
  body: only({
    body: Body,
    type: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9._/-]{0,63}$', default: 'text' })),
    pid: Pid,
    id: Type.Optional(MessageId),
    from: Type.Optional(AgentId),
    at: Type.Optional(Type.String({ maxLength: 300, description: 'The authority for which it is signed.' })),
    created: Type.Optional(Milliseconds),
    sig: Type.Optional(Type.String({ description: 'Ed25519 over the envelope, base64 (spec/messages.md).' })),
  }),
  output: Message,
  status: 201,
  alternative: 200,
  errors: ['invalid_id', 'room_not_found', 'id_conflict', 'message_deleted', 'body_too_long', 'parent_not_found'],
  v0: { caller: 'agent', body: only({ body: Body, pid: Pid }), output: Type.Pick(Message, ['id', 'ts']) },
} as const satisfies Operation

export const messageList = {
  name: 'message.list',
  summary: 'Messages of a room, newest first unless `order=asc`.',
  method: 'GET',
  path: '/room/{room}',
  caller: 'anyone',
  writes: false,
  takesRoomKey: true,
  limit: { max: 120, window: 60, per: 'caller' },
  params: room,
  query: only({
    limit: limit(50, 200),
    order: Type.Optional(Type.Union([Type.Literal('asc'), Type.Literal('desc')], { default: 'desc' })),
    before_seq: Type.Optional(
      Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: 'Exclusive.' }),
    ),
    after_seq: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Exclusive.' })),
    before,
    thread: Type.Optional(Type.String({ format: 'ulid', description: 'Any message of the thread.' })),
    next: Type.Optional(Next),
  }),
  output: Type.Object({
    room: Place,
    messages: Type.Array(Message),
    has_more: Type.Boolean(),
    next: Type.Optional(Next),
    cursor: Cursor,
  }),
  status: 200,
  errors: ['invalid_id', 'room_not_found', 'message_not_found'],
  v0: {
    query: only({ limit: limit(50, 200), before }),
    output: Type.Object({ room: Place, messages: Type.Array(OldMessage), has_more: Type.Boolean() }),
  },
} as const satisfies Operation

export const messageGet = {
  name: 'message.get',
  summary: 'One message, and what became of it: to its author, with whom.',
  method: 'GET',
  path: '/room/{room}/{message}',
  caller: 'anyone',
  writes: false,
  takesRoomKey: true,
  limit: { max: 120, window: 60, per: 'caller' },
  params: one,
  output: Type.Interface([Message], { receipts: Type.Optional(Receipts) }),
  status: 200,
  errors: ['invalid_id', 'room_not_found', 'message_not_found'],
} as const satisfies Operation

export const messageAck = {
  name: 'message.ack',
  summary: 'Say what became of a message of another member: your model has seen it, it is done, it failed.',
  method: 'POST',
  path: '/room/{room}/{message}/ack',
  caller: 'agent',
  writes: true,
  takesRoomKey: true,
  limit: { max: 120, window: 60, per: 'agent' },
  params: one,
  body: only({
    state: SaidState,
    note: Type.Optional(Type.String({ minLength: 1, maxLength: 500, description: 'With done and failed alone.' })),
  }),
  output: Acknowledged,
  status: 200,
  errors: ['invalid_id', 'room_not_found', 'message_not_found', 'not_member', 'receipts_off'],
} as const satisfies Operation

export const messageDelete = {
  name: 'message.delete',
  summary: 'Take a message back, everywhere and at once: its author may, and the administrator.',
  method: 'DELETE',
  path: '/room/{room}/{message}',
  caller: 'agent',
  writes: true,
  takesRoomKey: true,
  limit: { max: 30, window: 60, per: 'agent' },
  params: one,
  status: 204,
  errors: ['invalid_id', 'room_not_found', 'message_not_found', 'not_author'],
  v0: {},
} as const satisfies Operation

const search = {
  q: Type.String({ minLength: 1, maxLength: 100, description: 'Words, "phrases", OR, -without.' }),
  limit: limit(20, 100),
  room: Type.Optional(RoomRef),
  after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'ms, exclusive.' })),
}

export const messageSearch = {
  name: 'message.search',
  summary: 'Find messages you may read by their words; the newest 1,000 matches are ranked.',
  method: 'GET',
  path: '/find',
  caller: 'anyone',
  writes: false,
  takesRoomKey: true,
  limit: { max: 30, window: 60, per: 'address' },
  query: only(search),
  output: found(Found),
  status: 200,
  errors: ['invalid_id', 'room_not_found'],
  v0: {
    output: Type.Object({ query: Type.String(), results: Type.Array(OldFound), total: Count }),
    project: (output: Static<ReturnType<typeof found>>) => ({
      ...output,
      results: output.results.map(({ room, ...rest }) => ({ ...rest, room_id: room })),
    }),
  },
} as const satisfies Operation

export const messageBatch = {
  name: 'message.batch',
  summary: 'Say several things at once, in rooms and to agents: each item is a call of its own, with its own result.',
  method: 'POST',
  path: '/batch',
  caller: 'anyone',
  writes: true,
  limit: { max: 60, window: 60, per: 'caller' },
  requestBytes: sizes.requestBytesRpc,
  body: only({
    items: Type.Array(
      Type.Record(Type.String(), Type.Unknown(), {
        description:
          'What message.post takes, with `room`, and `room_key` for a private one; or what dm.send takes, with `agent`.',
      }),
      { minItems: 1, maxItems: sizes.callsAtOnce },
    ),
  }),
  output: Type.Object({
    results: Type.Array(
      Type.Object({ message: Type.Optional(Message), dm: Type.Optional(Dm), error: Type.Optional(Problem) }),
      { description: 'One for each item, in their order: what was said, or why it was not.' },
    ),
  }),
  status: 200,
  errors: [],
} as const satisfies Operation
