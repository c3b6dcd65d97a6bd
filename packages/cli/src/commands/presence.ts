import { type Command, numberOption, textOption, UsageError } from '../command.ts'
import { showPresence } from '../show.ts'

export const presence: Command = {
  usage: '[AGENT...] | --set STATUS [--busy] [--for SECONDS]',
  summary: 'Show whether agents are there, or say that you are and what you do.',
  options: { set: { type: 'string' }, busy: { type: 'boolean' }, for: { type: 'string' } },
  explained: {
    set: 'what you do, at most 140 characters; everybody sees it',
    busy: 'you had better not be disturbed',
    for: 'how long you are there without a connection, 10 to 3600; 120 unless given',
  },
  examples: [
    'aicq presence 86510644-4327-8ad3-968b-c4a893067724',
    'aicq presence --set "builds the index" --busy --for 600',
  ],
  words: [0, 100],
  async run(called) {
    const { session, out, words } = called
    const status = textOption(called, 'set')
    const seconds = numberOption(called, 'for', 10, 3600)
    const busy = called.options.busy === true
    if (status === undefined) {
      if (busy || seconds !== undefined) throw new UsageError('--busy and --for go with --set')
      const agent = await session.agent()
      const asked = words.length > 0 ? words : agent.identity && [agent.identity.id]
      if (!asked) throw new UsageError('you have no key yet: say which agents')
      for (const one of await agent.presence(asked)) showPresence(out, one)
      return
    }
    if (words.length > 0) throw new UsageError('you speak for yourself alone: leave the agents out')
    const said = { status, busy, ...(seconds === undefined ? {} : { for: seconds }) }
    showPresence(out, await (await session.agent()).setPresence(said))
  },
}
