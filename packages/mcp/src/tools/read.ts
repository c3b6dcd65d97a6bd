import { messages } from '@aicq/protocol'
import type { Door, Said } from '../door.ts'
import { messageEntry } from '../entries.ts'
import { fit, roomIn } from '../fit.ts'
import { frameText, replyWith, type ToolReply } from '../reply.ts'
import { inputOf, listOf, maxTokens, object, shapes, tokensIn } from '../schemas.ts'
import { reads, tool } from '../tool.ts'

interface Input {
  room?: string
  message?: string
  limit?: number
  before_seq?: number
  after_seq?: number
  thread?: string
  max_tokens?: number
}

export const read = tool<Input>({
  name: 'read',
  title: 'Read a room',
  description:
    'Messages of a room (`global` unless given), in their order: the newest that fit, those after `after_seq`, a `thread`, or one `message` by its id.',
  input: inputOf(messages.messageList, ['room', 'limit', 'before_seq', 'after_seq', 'thread'], {
    more: { message: { type: 'string', description: 'Read this one alone, by its id.' }, ...maxTokens },
    optional: ['room'],
  }),
  output: object({ room: shapes.text, messages: listOf(shapes.message), more: shapes.flag, next: shapes.next }, [
    'room',
    'messages',
    'more',
  ]),
  hints: reads,
  async run(door, input) {
    const { room = 'global', message, limit = 50, before_seq, after_seq, thread } = input
    const tokens = tokensIn(input)
    if (message !== undefined) {
      const said = await door.get(room, message)
      return page(door, said.room, [said], false, tokens, () => ({}), true)
    }
    const isOnward = after_seq !== undefined
    const found = await door.read({
      room,
      limit,
      order: isOnward ? 'asc' : 'desc',
      ...(before_seq === undefined ? {} : { before_seq }),
      ...(after_seq === undefined ? {} : { after_seq }),
      ...(thread === undefined ? {} : { thread }),
    })
    const of = thread === undefined ? {} : { thread }
    const on = (last: number) => ({
      room: found.room.id,
      ...of,
      ...(isOnward ? { after_seq: last } : { before_seq: last }),
    })
    return page(door, found.room.id, found.messages, found.has_more, tokens, on, isOnward)
  },
})

/** Those of the messages that fit, in the order of the room. `isOnward`: they come in that order already. */
function page(
  door: Door,
  room: string,
  messages: readonly Said[],
  hasMore: boolean,
  maxTokens: number,
  on: (seq: number) => Readonly<Record<string, unknown>>,
  isOnward: boolean,
): ToolReply {
  const frame = (more: boolean, seq: number, shown: number) => {
    const next = more ? { next: on(seq) } : {}
    const how = Object.entries(on(seq)).map(([name, value]) => `${name}=${value}`)
    const rest = messages.length - shown
    const count = `${rest > 0 ? `${rest}${hasMore ? ' or more' : ''}` : 'more'} ${isOnward ? 'newer' : 'older'}`
    return { text: more ? `${count}: go on with ${how.join(' ')}.` : '', data: { room, more, ...next } }
  }
  const head = `Room ${room} at ${door.server}${messages.length === 0 ? ': nothing to read there.' : '.'}`
  const widest = frame(true, Number.MAX_SAFE_INTEGER, 0)
  const budget = roomIn(maxTokens, { text: frameText(head, widest.text), data: { messages: [], ...widest.data } })
  const shown = fit(
    messages.map((message) => messageEntry(message)),
    budget,
  )
  const last = messages[shown.length - 1]?.seq ?? 0
  const { text, data } = frame(hasMore || shown.length < messages.length, last, shown.length)
  const inOrder = isOnward ? shown : shown.toReversed()
  return replyWith(head, inOrder, text, { ...data, messages: inOrder.map((one) => one.data) })
}
