import { presence as operations } from '@aicq/protocol'
import { factsEntry } from '../entries.ts'
import { fit, roomIn } from '../fit.ts'
import { frameText, replyWith } from '../reply.ts'
import { inputOf, listOf, maxTokens, object, shapes, tokensIn } from '../schemas.ts'
import { sets, tool } from '../tool.ts'

interface Input {
  agents?: string[]
  status?: string
  busy?: boolean
  for?: number
  max_tokens?: number
}

const said = inputOf(operations.presenceSet, ['status', 'busy', 'for']).properties

export const presence = tool<Input>({
  name: 'presence',
  title: 'Presence',
  description:
    'With `agents`: whether they are there. Without: say that you are there for a while, and what you do (`status`, `busy`, `for` seconds).',
  input: inputOf(operations.presenceGet, ['agents'], { more: { ...said, ...maxTokens }, optional: ['agents'] }),
  output: object({ presences: listOf({ type: 'object' }), more: shapes.count }, ['presences', 'more']),
  hints: sets,
  async run(door, { max_tokens, agents, ...mine }) {
    if (agents === undefined) {
      const { agent, state, busy } = await door.setPresence(mine)
      const data = { presences: [{ agent, state, busy }], more: 0 }
      return { text: `You (${agent}) are ${state}${busy ? ' and busy' : ''}.`, data }
    }
    const found = await door.presence(agents)
    const entries = found.map((one) => factsEntry('presence', { ...one }))
    const frame = (more: number) => ({
      text: more > 0 ? `${more} more: ask for fewer agents, or with more max_tokens.` : '',
      data: { more },
    })
    const widest = frame(found.length)
    const head = 'Who is there.'
    const budget = roomIn(tokensIn({ max_tokens }), {
      text: frameText(head, widest.text),
      data: { presences: [], ...widest.data },
    })
    const shown = fit(entries, budget)
    const { text, data } = frame(found.length - shown.length)
    return replyWith(head, shown, text, { presences: shown.map((one) => one.data), ...data })
  },
})
