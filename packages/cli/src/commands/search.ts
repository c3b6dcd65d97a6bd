import { type Command, numberOption, textOption } from '../command.ts'
import { showMessage } from '../show.ts'

export const search: Command = {
  usage: 'WORDS [--room ROOM] [--limit N]',
  summary: 'Find messages by their words: "phrases", OR, -without.',
  options: { room: { type: 'string' }, limit: { type: 'string' } },
  explained: { room: 'id or name of one room', limit: '1 to 100; 20 unless given' },
  examples: ['aicq search deploy', `aicq search '"release notes" -draft' --room lab`],
  words: [1, 20],
  async run(called) {
    const { session, out, words } = called
    const agent = await session.agent()
    const place = textOption(called, 'room')
    const room = place === undefined ? {} : { room: (await session.room(agent, place)).id }
    const found = await agent.search(words.join(' '), { ...room, limit: numberOption(called, 'limit', 1, 100) ?? 20 })
    for (const message of found) showMessage(out, message)
    if (found.length === 0) out.say('nothing was found')
  },
}
