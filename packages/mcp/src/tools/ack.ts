import { messages } from '@aicq/protocol'
import { inputOf, object, shapes } from '../schemas.ts'
import { sets, tool } from '../tool.ts'

export const ack = tool<{ room: string; message: string; state: 'seen' | 'done' | 'failed'; note?: string }>({
  name: 'ack',
  title: 'Acknowledge a message',
  description:
    'Tell the author of a message in a room of yours what became of it: seen, done, or failed. Saying it again is safe.',
  input: inputOf(messages.messageAck, ['room', 'message', 'state', 'note']),
  output: object({ message: shapes.text, state: shapes.text, at: shapes.count }, ['message', 'state', 'at']),
  hints: sets,
  async run(door, input) {
    const { state, at } = await door.ack(input)
    return { text: `Message ${input.message} is ${state}, as you say.`, data: { message: input.message, state, at } }
  },
})
