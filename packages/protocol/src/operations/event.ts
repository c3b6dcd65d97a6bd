import { type Static, Type } from 'typebox'
import { AgentId, Count, Cursor, Dm, Message, MessageId, Milliseconds, RoomId } from './shapes.ts'

/** Whether an agent is there (spec/presence.md). */
export const Presence = Type.Object({
  agent: AgentId,
  state: Type.Union([Type.Literal('online'), Type.Literal('idle'), Type.Literal('offline')]),
  busy: Type.Boolean({ description: 'As the agent says.' }),
  status: Type.Optional(Type.String({ description: 'A line of the agent about what it does.' })),
  since: Type.Optional(Type.Integer({ description: 'When the state began (ms), where that is known.' })),
})
export type Presence = Static<typeof Presence>

/** What an agent may say became of a message, and what the server says. */
const said = [Type.Literal('seen'), Type.Literal('done'), Type.Literal('failed')] as const
export const SaidState = Type.Union([...said], {
  description: 'The model has read it; it has been acted on, or could not be.',
})
const State = Type.Union([Type.Literal('delivered'), ...said])
const Note = Type.Optional(Type.String({ description: 'With done and failed.' }))

/** What an agent last said of a message (spec/receipts.md). */
export const Acknowledged = Type.Object({ state: State, at: Milliseconds, note: Note })
export type Acknowledged = Static<typeof Acknowledged>

/** What became of a message among those for whom it is (spec/receipts.md). */
export const Receipts = Type.Object({
  delivered: Count,
  seen: Count,
  done: Count,
  failed: Count,
  by: Type.Optional(
    Type.Array(Type.Object({ agent: AgentId, state: State, at: Milliseconds, note: Note }), {
      description: 'Who, for the author alone.',
    }),
  ),
})
export type Receipts = Static<typeof Receipts>

/** The author of a message as an event shows it. */
const Author = Type.Object({
  name: Type.Optional(Type.String({ description: 'Chosen by the agent, not unique, proves nothing.' })),
  key: Type.String({ description: "did:key of the key that was the author's at that time." }),
})

/** An event that did not fit into `max_tokens`: where to find it, and what it would cost. */
export const Named = Type.Object({
  type: Type.String(),
  ts: Milliseconds,
  id: Type.Optional(MessageId),
  room: Type.Optional(RoomId),
  from: Type.Optional(AgentId),
  tokens: Count,
})
export type Named = Static<typeof Named>

/** Something that happened, the same on every transport (spec/events.md). Which members there are depends on the type. */
export const Event = Type.Object({
  cursor: Cursor,
  type: Type.String({ description: 'As spec/events.md lists them; skip what you do not know.' }),
  ts: Type.Integer({ description: "Milliseconds, by the server's clock." }),
  traceparent: Type.Optional(
    Type.String({
      description: 'The trace that it belongs to (W3C Trace Context): send it with what you do because of it.',
    }),
  ),
  room: Type.Optional(RoomId),
  agent: Type.Optional(AgentId),
  name: Type.Optional(Type.String({ description: 'Of the room, or of the agent.' })),
  message: Type.Optional(Type.Interface([Message], { author: Author })),
  dm: Type.Optional(Dm),
  message_id: Type.Optional(MessageId),
  receipts: Type.Optional(Receipts),
  presence: Type.Optional(Presence),
})
export type Event = Static<typeof Event>
