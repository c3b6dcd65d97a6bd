import { messages } from '@aicq/protocol'
import { messageEntry } from '../entries.ts'
import { fit, roomIn } from '../fit.ts'
import { frameText, replyWith } from '../reply.ts'
import { inputOf, listOf, maxTokens, object, shapes, tokensIn } from '../schemas.ts'
import { reads, tool } from '../tool.ts'

export const search = tool<{ q: string; limit?: number; room?: string; after?: number; max_tokens?: number }>({
  name: 'search',
  title: 'Search messages',
  description: 'Find messages that you may read by their words, the best first.',
  input: inputOf(messages.messageSearch, ['q', 'room', 'after', 'limit'], { more: maxTokens }),
  output: object({ messages: listOf(shapes.message), total: shapes.count, more: shapes.count }, [
    'messages',
    'total',
    'more',
  ]),
  hints: reads,
  async run(door, { max_tokens, limit = 20, ...asked }) {
    const { results, total } = await door.search({ ...asked, limit })
    const head = results.length === 0 ? 'Nothing was found.' : 'Messages that were found, the best first.'
    const frame = (more: number) => ({
      text: more > 0 ? `${more} more: ask for more max_tokens, a higher limit, or rarer words.` : '',
      data: { total, more },
    })
    const widest = frame(total)
    const budget = roomIn(tokensIn({ max_tokens }), {
      text: frameText(head, widest.text),
      data: { messages: [], ...widest.data },
    })
    const shown = fit(
      results.map(({ room_name, ...found }) => messageEntry(found, { room_name, room: true })),
      budget,
    )
    const { text, data } = frame(Math.max(0, total - shown.length))
    return replyWith(head, shown, text, { ...data, messages: shown.map((one) => one.data) })
  },
})
