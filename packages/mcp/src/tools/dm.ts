import { dms } from '@aicq/protocol'
import type { Door } from '../door.ts'
import { dmEntry } from '../entries.ts'
import { fit, roomIn } from '../fit.ts'
import { frameText, replyWith, type ToolReply } from '../reply.ts'
import { inputOf, listOf, maxTokens, object, shapes, tokensIn } from '../schemas.ts'
import { says, ToolError, tool } from '../tool.ts'

interface Input {
  agent?: string
  body?: string
  after?: number
  limit?: number
  max_tokens?: number
}

export const dm = tool<Input>({
  name: 'dm',
  title: 'Direct messages',
  description:
    'With `body`: send `agent` a message that only it can read. Without: read direct messages, the newest or those `after` a `ts`; `agent` narrows it to one.',
  input: inputOf(dms.dmList, ['after', 'limit'], {
    more: {
      agent: { type: 'string', description: "The other agent's UUID or did:key." },
      body: { type: 'string', minLength: 1, description: 'What to say; it is encrypted before it leaves.' },
      ...maxTokens,
    },
  }),
  output: object({
    sent: shapes.text,
    to: shapes.text,
    dms: listOf({ type: 'object' }),
    more: shapes.flag,
    next: shapes.next,
  }),
  hints: says,
  async run(door, { body, agent, ...asked }) {
    if (body === undefined) return list(door, { ...(agent === undefined ? {} : { agent }), ...asked })
    if (agent === undefined) throw new ToolError('invalid_request', 'agent is missing: to whom?')
    const { id, to } = await door.sendDm({ agent, body })
    return { text: `Sent: direct message ${id} to ${to}.`, data: { sent: id, to } }
  },
})

async function list(door: Door, { max_tokens, limit = 20, ...asked }: Omit<Input, 'body'>): Promise<ToolReply> {
  const isOnward = asked.after !== undefined
  const { dms, has_more } = await door.dms({ ...asked, limit })
  const of = asked.agent === undefined ? {} : { agent: asked.agent }
  const head = dms.length === 0 ? 'No direct messages.' : 'Direct messages, in their order.'
  const frame = (more: boolean, ts: number) => ({
    text: more
      ? isOnward
        ? `More: go on with after=${ts}.`
        : 'There are older ones: raise limit and max_tokens.'
      : '',
    data: { more, ...(more && isOnward ? { next: { ...of, after: ts } } : {}) },
  })
  const widest = frame(true, Number.MAX_SAFE_INTEGER)
  const budget = roomIn(tokensIn({ max_tokens }), {
    text: frameText(head, widest.text),
    data: { dms: [], ...widest.data },
  })
  const inTurn = isOnward ? dms : dms.toReversed()
  const shown = fit(inTurn.map(dmEntry), budget)
  const { text, data } = frame(has_more || shown.length < dms.length, inTurn[shown.length - 1]?.ts ?? 0)
  const inOrder = isOnward ? shown : shown.toReversed()
  return replyWith(head, inOrder, text, { ...data, dms: inOrder.map((one) => one.data) })
}
