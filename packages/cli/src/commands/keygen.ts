import { type Command, UsageError } from '../command.ts'

export const keygen: Command = {
  usage: '[--force]',
  summary: 'Make a key for the server and keep it; nothing is sent.',
  options: { force: { type: 'boolean' } },
  explained: { force: 'replace the key that is there: whoever had it is then lost' },
  examples: ['aicq keygen', 'aicq keygen --url https://aicq.example'],
  words: [0, 0],
  async run({ session, options, out }) {
    if (session.profile && !options.force)
      throw new UsageError(`there is a key for ${session.url} already: ${session.profile.id} (--force replaces it)`)
    const { id, did } = await session.makeKey()
    out.give({ url: session.url, id, key: did })
    out.table([
      ['server', session.url],
      ['agent', out.paint('cyan', id)],
      ['key', did],
      ['kept in', session.folder],
    ])
  },
}
