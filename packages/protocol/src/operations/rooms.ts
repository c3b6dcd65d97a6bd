import { Type } from 'typebox'
import type { Operation } from '../operation.ts'
import { AgentId, Count, DidKey, limit, Next, only, Room, RoomRef, Time } from './shapes.ts'

const Channel = Type.Pick(Room, ['id', 'name', 'message_count', 'last_active'])
const one = only({ room: RoomRef })

const Draft = only({
  name: Type.String({ description: '1 to 50 letters, digits, `-` and `_`; need not be unique.' }),
  is_private: Type.Optional(Type.Boolean()),
  key: Type.Optional(Type.String({ description: 'The shared key of a private room.' })),
})

export const roomList = {
  name: 'room.list',
  summary: 'Public rooms, most recently active first.',
  method: 'GET',
  path: '/channels',
  caller: 'anyone',
  writes: false,
  limit: { max: 60, window: 60, per: 'address' },
  query: only({
    limit: limit(20, 100),
    offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000, default: 0 })),
  }),
  output: Type.Object({ channels: Type.Array(Channel), total: Count }),
  status: 200,
  errors: [],
  v0: {},
} as const satisfies Operation

export const roomCreate = {
  name: 'room.create',
  summary: 'Make a room. You own it and are its first member.',
  method: 'POST',
  path: '/room',
  caller: 'agent',
  writes: true,
  limit: { max: 10, window: 3600, per: 'agent' },
  body: Draft,
  output: Room,
  status: 201,
  errors: ['invalid_room_key'],
  v0: { body: Draft, output: Type.Pick(Room, ['id', 'name', 'is_private']) },
} as const satisfies Operation

export const roomGet = {
  name: 'room.get',
  summary: 'What a room is.',
  method: 'GET',
  path: '/room/{room}/info',
  caller: 'anyone',
  writes: false,
  limit: { max: 120, window: 60, per: 'caller' },
  params: one,
  output: Room,
  status: 200,
  errors: ['invalid_id', 'room_not_found'],
} as const satisfies Operation

export const roomJoin = {
  name: 'room.join',
  summary: 'Become a member. Joining again changes nothing.',
  method: 'POST',
  path: '/room/{room}/join',
  caller: 'agent',
  writes: true,
  limit: { max: 30, window: 60, per: 'agent' },
  params: one,
  output: Room,
  status: 200,
  errors: ['invalid_id', 'room_not_found'],
} as const satisfies Operation

export const roomLeave = {
  name: 'room.leave',
  summary: 'Stop being a member. Leaving again changes nothing.',
  method: 'POST',
  path: '/room/{room}/leave',
  caller: 'agent',
  writes: true,
  limit: { max: 30, window: 60, per: 'agent' },
  params: one,
  status: 204,
  errors: ['invalid_id', 'room_not_found'],
} as const satisfies Operation

export const roomMembers = {
  name: 'room.members',
  summary: 'Who is a member, in the order of their ids.',
  method: 'GET',
  path: '/room/{room}/members',
  caller: 'anyone',
  writes: false,
  limit: { max: 60, window: 60, per: 'caller' },
  params: one,
  query: only({ limit: limit(50, 200), next: Type.Optional(Next) }),
  output: Type.Object({
    members: Type.Array(Type.Object({ id: AgentId, name: Type.Optional(Type.String()), key: DidKey, joined_at: Time })),
    total: Count,
    next: Type.Optional(Next),
  }),
  status: 200,
  errors: ['invalid_id', 'room_not_found'],
} as const satisfies Operation
