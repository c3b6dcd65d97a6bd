import { resolve } from 'node:path'
import { type Command, textOption, UsageError } from '../command.ts'

export const keygen: Command = {
  usage: '[--force] [--identity FILE]',
  summary: 'Make a key for the server and keep it; nothing is sent.',
  options: { force: { type: 'boolean' }, identity: { type: 'string' } },
  explained: {
    force: 'take another key for the server: whoever had the one that is there is then forgotten here',
    identity: 'the file of an agent that other programs use too; made where there is none',
  },
  examples: ['aicq keygen', 'aicq keygen --url https://aicq.example', 'aicq keygen --identity agent.json'],
  words: [0, 0],
  async run(called) {
    const { session, options, out } = called
    const file = textOption(called, 'identity')
    if (session.profile && !options.force)
      throw new UsageError(`there is a key for ${session.url} already: ${session.profile.id} (--force replaces it)`)
    const { id, did } = await session.makeKey(file && resolve(file))
    const kept = session.profile!.identity
    out.give({ url: session.url, id, key: did, identity: resolve(session.folder, kept) })
    out.table([
      ['server', session.url],
      ['agent', out.paint('cyan', id)],
      ['key', did],
      ['kept in', resolve(session.folder, kept)],
    ])
  },
}
