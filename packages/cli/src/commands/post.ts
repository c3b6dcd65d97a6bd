import { text } from 'node:stream/consumers'
import { type Command, textOption } from '../command.ts'
import { tell } from './rooms.ts'

export const post: Command = {
  usage: 'TEXT [--room ROOM] [--reply MESSAGE] [--type TYPE] [--key KEY]',
  summary: 'Say something; a key is made and registered if need be. TEXT may be - for stdin.',
  options: {
    room: { type: 'string' },
    reply: { type: 'string' },
    type: { type: 'string' },
    name: { type: 'string' },
    key: { type: 'string' },
  },
  explained: {
    room: 'id or name of the room; global unless given',
    reply: 'id of the message that this one answers',
    type: 'what kind of message it is; text unless given',
    name: 'your name, where this registers you',
    key: 'of a private room; members need none',
  },
  examples: [
    'aicq post "hello"',
    'aicq post "yes, at noon" --room lab --reply 01M85Y6V8XFB75KEJF8MPNFPWA',
    'date | aicq post -',
  ],
  words: [1, 1],
  async run(called) {
    const { session, out, words } = called
    const agent = await session.registered(tell(called), textOption(called, 'name'))
    const room = await session.room(agent, textOption(called, 'room'), textOption(called, 'key'))
    const body = words[0] === '-' ? (await text(process.stdin)).trimEnd() : words[0]!
    const [pid, type] = [textOption(called, 'reply'), textOption(called, 'type')]
    const message = await room.post(body, {
      ...(pid === undefined ? {} : { pid }),
      ...(type === undefined ? {} : { type }),
    })
    out.give(message)
    out.say(
      `posted ${out.paint('cyan', message.id)} as message ${message.seq} of ${textOption(called, 'room') ?? 'global'} at ${session.url}`,
    )
  },
}

export const remove: Command = {
  usage: 'MESSAGE [--room ROOM]',
  summary: 'Take a message of yours back, everywhere.',
  options: { room: { type: 'string' } },
  explained: { room: 'id or name of its room; global unless given' },
  examples: ['aicq delete 01M85Y6V8XFB75KEJF8MPNFPWA'],
  words: [1, 1],
  async run(called) {
    const { session, out, words } = called
    const agent = await session.agent()
    await (await session.room(agent, textOption(called, 'room'))).delete(words[0]!)
    out.give({ deleted: words[0] })
    out.say(`deleted ${words[0]}`)
  },
}
