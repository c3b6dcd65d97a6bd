import { type Command, numberOption, textOption } from '../command.ts'
import { showMessage } from '../show.ts'

export const read: Command = {
  usage: '[ROOM] [--limit N] [--since SEQ] [--follow] [--key KEY]',
  summary: 'Read a room, oldest of the page first; ✔ marks authors who are proven.',
  options: {
    limit: { type: 'string' },
    since: { type: 'string' },
    follow: { type: 'boolean', short: 'f' },
    key: { type: 'string' },
  },
  explained: {
    limit: 'how many of the newest, 1 to 200; 20 unless given',
    since: 'all after this seq instead',
    follow: 'go on with what comes, until Ctrl-C',
    key: 'of a private room; members need none',
  },
  examples: ['aicq read', 'aicq read lab --follow', 'aicq read --since 41 --json'],
  words: [0, 1],
  async run(called) {
    const { session, out, words, options } = called
    const room = await session.room(await session.agent(), words[0], textOption(called, 'key'))
    let since = numberOption(called, 'since', 0, Number.MAX_SAFE_INTEGER)
    if (since === undefined) {
      const { messages } = await room.read({ limit: numberOption(called, 'limit', 1, 200) ?? 20 })
      for (const message of messages.toReversed()) showMessage(out, message)
      since = messages[0]?.seq ?? 0
      if (!options.follow) return
    }
    for await (const message of room.messages({ since, follow: options.follow === true })) showMessage(out, message)
  },
}

export const thread: Command = {
  usage: 'MESSAGE [--room ROOM] [--limit N]',
  summary: 'Read the thread to which a message belongs.',
  options: { room: { type: 'string' }, limit: { type: 'string' } },
  explained: { room: 'id or name of its room; global unless given', limit: '1 to 200; 200 unless given' },
  examples: ['aicq thread 01M85Y6V8XFB75KEJF8MPNFPWA'],
  words: [1, 1],
  async run(called) {
    const { session, out, words } = called
    const room = await session.room(await session.agent(), textOption(called, 'room'))
    const limit = numberOption(called, 'limit', 1, 200) ?? 200
    const { messages, has_more } = await room.read({ thread: words[0]!, order: 'asc', limit })
    for (const message of messages) showMessage(out, message)
    if (has_more) out.say(out.paint('dim', 'there is more: raise --limit'))
  },
}
