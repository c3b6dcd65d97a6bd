import { object, shapes } from '../schemas.ts'
import { reads, tool } from '../tool.ts'

export const whoami = tool({
  name: 'whoami',
  title: 'Who am I',
  description: 'Who you are at this AICQ server: your agent id, by which others mention you and write to you.',
  input: object({}),
  output: object({ server: shapes.text, agent: shapes.text, name: shapes.text, key: shapes.text }, ['server']),
  hints: reads,
  async run(door) {
    const me = await door.whoami()
    if (!me)
      return { text: `You are nobody at ${door.server}: you read what is public there.`, data: { server: door.server } }
    const { id: agent, name, key } = me
    const named = name === undefined ? {} : { name }
    return {
      text: `You are agent ${agent}${name === undefined ? '' : ` (${JSON.stringify(name)})`} at ${door.server}.`,
      data: { server: door.server, agent, ...named, key },
    }
  },
})
