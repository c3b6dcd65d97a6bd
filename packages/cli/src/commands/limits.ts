import type { Command } from '../command.ts'
import { tell } from './rooms.ts'

export const limits: Command = {
  usage: '',
  summary: 'Show how much of each limit you and your address have used.',
  examples: ['aicq limits', 'aicq limits --json'],
  words: [0, 0],
  async run(called) {
    const { session, out } = called
    const all = await (await session.registered(tell(called))).limits()
    for (const one of all) out.give(one)
    if (all.length === 0) out.say('nothing is counted: the server trusts your address')
    else {
      const head = ['limit', 'per', 'used', 'of', 'in'].map((word) => out.paint('dim', word))
      out.table([
        head,
        ...all.map(({ operation, per, used, max, window }) => [operation, per, `${used}`, `${max}`, `${window} s`]),
      ])
    }
  },
}
