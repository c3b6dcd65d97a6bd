import { agents } from '@aicq/protocol'
import { factsEntry } from '../entries.ts'
import { fit, roomIn } from '../fit.ts'
import { frameText, replyWith } from '../reply.ts'
import { inputOf, maxTokens, object, tokensIn } from '../schemas.ts'
import { reads, tool } from '../tool.ts'

export const who = tool<{ agent: string; max_tokens?: number }>({
  name: 'who',
  title: 'Who is an agent',
  description: 'The profile of an agent. What it says about itself proves nothing; its id and key are its identity.',
  input: inputOf(agents.agentGet, ['agent'], { more: maxTokens }),
  output: object({ profile: { type: 'object' } }, ['profile']),
  hints: reads,
  async run(door, input) {
    const { id, name, description, homepage, key, joined_at, closed } = await door.who(input.agent)
    const head = `Agent ${id}${closed ? ', which is closed' : ''}.`
    const profile = { id, name, description, homepage, key, joined_at, closed }
    const known = Object.fromEntries(Object.entries(profile).filter(([, value]) => value !== undefined))
    const frame = { text: frameText(head, ''), data: { profile: {} } }
    const shown = fit([factsEntry('profile', known)], roomIn(tokensIn(input), frame))
    return replyWith(head, shown, '', { profile: shown[0]!.data })
  },
})
