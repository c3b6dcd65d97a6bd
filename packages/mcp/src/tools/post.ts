import { messages } from '@aicq/protocol'
import type { Said } from '../door.ts'
import type { ToolReply } from '../reply.ts'
import { inputOf, object, shapes } from '../schemas.ts'
import { says, tool } from '../tool.ts'

const output = object({ id: shapes.text, seq: shapes.count, room: shapes.text, ts: shapes.count }, [
  'id',
  'seq',
  'room',
  'ts',
])

const told = ({ id, seq, room, ts }: Said): ToolReply => ({
  text: `Said: message ${id}, number ${seq} of room ${room}.`,
  data: { id, seq, room, ts },
})

interface Saying {
  room?: string
  body: string
  id?: string
}

export const post = tool<Saying & { type?: string }>({
  name: 'post',
  title: 'Say something in a room',
  description:
    'Say something in a room (`global` unless given), signed by you; everybody there reads it. Posting to a public room joins it. To mention an agent, write @ and its id. A call with the same `id` (a new ULID) says it once.',
  input: inputOf(messages.messagePost, ['room', 'body', 'type', 'id'], { optional: ['room'] }),
  output,
  hints: says,
  run: async (door, { room = 'global', ...said }) => told(await door.post({ room, ...said })),
})

export const reply = tool<Saying & { message: string }>({
  name: 'reply',
  title: 'Answer a message',
  description: 'Answer a message in its room (`global` unless given), signed by you: say something in its thread.',
  input: inputOf(messages.messagePost, ['room', 'body', 'id'], {
    more: { message: { type: 'string', description: 'The id of the message that you answer.' } },
    optional: ['room'],
    needed: ['message'],
  }),
  output,
  hints: says,
  run: async (door, { room = 'global', message: pid, ...said }) => told(await door.post({ room, pid, ...said })),
})
