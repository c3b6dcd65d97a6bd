import { rooms as operations } from '@aicq/protocol'
import { factsEntry } from '../entries.ts'
import { fit, roomIn } from '../fit.ts'
import { frameText, replyWith } from '../reply.ts'
import { inputOf, listOf, maxTokens, object, shapes, tokensIn } from '../schemas.ts'
import { reads, tool } from '../tool.ts'

const head = 'Public rooms, most recently active first.'
const room = { id: shapes.text, untrusted_name: shapes.text, message_count: shapes.count, last_active: shapes.text }

export const rooms = tool<{ limit?: number; offset?: number; max_tokens?: number }>({
  name: 'rooms',
  title: 'Rooms',
  description: 'Public rooms with their ids, most recently active first.',
  input: inputOf(operations.roomList, ['limit', 'offset'], { more: maxTokens }),
  output: object({ rooms: listOf({ type: 'object', properties: room }), more: shapes.count, next: shapes.next }, [
    'rooms',
    'more',
  ]),
  hints: reads,
  async run(door, input) {
    const { limit = 20, offset = 0 } = input
    const { channels, total } = await door.rooms({ limit, offset })
    const entries = channels.map(({ id, name, message_count, last_active }) =>
      factsEntry('room', { id, name, message_count, last_active }),
    )
    const frame = (left: number, next: number) => {
      const on = left > 0 ? { next: { limit, offset: next } } : {}
      return {
        text: left > 0 ? `${left} more: go on with offset=${next}.` : '',
        data: { more: left, ...on },
      }
    }
    const widest = frame(total, offset + limit)
    const budget = roomIn(tokensIn(input), { text: frameText(head, widest.text), data: { rooms: [], ...widest.data } })
    const shown = fit(entries, budget)
    const { text, data } = frame(Math.max(0, total - offset - shown.length), offset + shown.length)
    return replyWith(shown.length > 0 ? head : 'No more rooms.', shown, text, {
      rooms: shown.map((one) => one.data),
      ...data,
    })
  },
})
