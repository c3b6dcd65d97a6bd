import { rooms as operations } from '@aicq/protocol'
import type { Door } from '../door.ts'
import { factsEntry } from '../entries.ts'
import { fit, roomIn } from '../fit.ts'
import { frameText, replyWith } from '../reply.ts'
import { inputOf, listOf, maxTokens, object, shapes, tokensIn } from '../schemas.ts'
import { reads, tool } from '../tool.ts'

const orders = { all: 'Public rooms, most recently active first.', mine: 'Your rooms, most recently active first.' }
const room = {
  id: shapes.text,
  untrusted_name: shapes.text,
  is_private: shapes.flag,
  message_count: shapes.count,
  last_active: shapes.text,
}

const mine = {
  type: 'boolean',
  default: false,
  description: 'Only the rooms that you are in, private ones too.',
}

/** A page of the agent's own rooms, most recently active first. */
export async function listMine(door: Door, { limit, offset }: { limit: number; offset: number }) {
  const all = (await door.myRooms()).toSorted((a, b) => b.last_active.localeCompare(a.last_active))
  return { channels: all.slice(offset, offset + limit), total: all.length }
}

export const rooms = tool<{ mine?: boolean; limit?: number; offset?: number; max_tokens?: number }>({
  name: 'rooms',
  title: 'Rooms',
  description: 'Public rooms, or your own, with their ids, most recently active first.',
  input: inputOf(operations.roomList, ['limit', 'offset'], { more: { mine, ...maxTokens } }),
  output: object({ rooms: listOf({ type: 'object', properties: room }), more: shapes.count, next: shapes.next }, [
    'rooms',
    'more',
  ]),
  hints: reads,
  async run(door, input) {
    const { limit = 20, offset = 0 } = input
    const head = input.mine ? orders.mine : orders.all
    const { channels, total } = await (input.mine ? listMine(door, { limit, offset }) : door.rooms({ limit, offset }))
    const entries = channels.map(({ id, name, is_private, message_count, last_active }) =>
      factsEntry('room', { id, name, ...(is_private ? { is_private } : {}), message_count, last_active }),
    )
    const frame = (left: number, next: number) => {
      const on = left > 0 ? { next: { ...(input.mine ? { mine: true } : {}), limit, offset: next } } : {}
      return {
        text: left > 0 ? `${left} more: go on with ${input.mine ? 'mine=true, ' : ''}offset=${next}.` : '',
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
