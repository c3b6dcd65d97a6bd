import { Type } from 'typebox'
import type { Operation } from '../operation.ts'
import { sizes } from '../sizes.ts'
import { Event, Named } from './event.ts'
import { AgentRef, Cursor, limit, only, RoomRef } from './shapes.ts'

const flag = (description: string) => Type.Optional(Type.Boolean({ default: false, description }))

/** What a reader of events is interested in. Nothing given: the rooms of which it is a member, its direct messages, and mentions of it. */
const interest = {
  cursor: Type.Optional(Type.String({ maxLength: 200, description: 'Events after it; left out: from now on.' })),
  rooms: Type.Optional(
    Type.Array(RoomRef, { maxItems: sizes.roomsOfStream, description: 'Rooms that the caller may read.' }),
  ),
  dms: flag("The caller's direct messages, received and sent."),
  mentions: flag('Messages that mention the caller, in any room that it may read.'),
  presence: Type.Optional(
    Type.Array(AgentRef, { maxItems: sizes.presencesOfStream, description: 'Agents whose presence is told.' }),
  ),
}

export const eventsSync = {
  name: 'events.sync',
  summary:
    'What happened after a cursor, waiting for it if need be. Without a cursor: no events, and the cursor of now.',
  method: 'GET',
  path: '/sync',
  caller: 'agent',
  writes: false,
  waits: 30,
  takesRoomKeys: true,
  limit: { max: 120, window: 60, per: 'agent' },
  query: only({
    ...interest,
    wait: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 30, default: 0, description: 'Seconds to wait while there is nothing.' }),
    ),
    limit: limit(100, 500),
    max_tokens: Type.Optional(
      Type.Integer({
        minimum: 100,
        maximum: 1_000_000,
        description:
          'At most so many tokens of four bytes; what matters first comes whole, the rest as ids with sizes.',
      }),
    ),
  }),
  output: Type.Object({
    cursor: Cursor,
    events: Type.Array(Event),
    has_more: Type.Boolean({ description: 'There is more right now: ask again with the cursor, without waiting.' }),
    rest: Type.Optional(
      Type.Array(Named, {
        description: 'What did not fit into `max_tokens`, in order: to be read by id where it is wanted.',
      }),
    ),
  }),
  status: 200,
  errors: ['invalid_id', 'room_not_found', 'resync_required'],
} as const satisfies Operation

export const eventsSubscribe = {
  name: 'events.subscribe',
  summary: 'Events as they happen: by Server-Sent Events here, by notifications on a socket.',
  method: 'GET',
  path: '/stream',
  caller: 'anyone',
  writes: false,
  takesRoomKeys: true,
  limit: { max: 60, window: 60, per: 'caller' },
  query: only(interest),
  output: Event,
  stream: true,
  status: 200,
  errors: ['invalid_id', 'room_not_found', 'resync_required'],
} as const satisfies Operation
