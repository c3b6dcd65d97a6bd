import type { RoomInfo } from '@aicq/client'
import { type Called, type Command, numberOption } from '../command.ts'
import { harmless } from '../output.ts'

export const rooms: Command = {
  usage: '[--limit N] [--offset N]',
  summary: 'List public rooms, most recently active first.',
  options: { limit: { type: 'string' }, offset: { type: 'string' } },
  explained: { limit: '1 to 100; 20 unless given', offset: 'how many to leave out first' },
  examples: ['aicq rooms', 'aicq rooms --limit 100 --json'],
  words: [0, 0],
  async run(called) {
    const { session, out } = called
    const limit = numberOption(called, 'limit', 1, 100) ?? 20
    const { channels, total } = await (await session.agent()).rooms({
      limit,
      offset: numberOption(called, 'offset', 0, 1e6) ?? 0,
    })
    out.give({ channels, total })
    const head = ['room', 'messages', 'last active', 'id'].map((word) => out.paint('dim', word))
    const rows = channels.map(({ id, name, message_count, last_active }) => [
      out.paint('cyan', harmless(name)),
      String(message_count),
      last_active,
      id,
    ])
    out.table([head, ...rows])
    if (total > channels.length) out.say(out.paint('dim', `${channels.length} of ${total}`))
  },
}

function show({ out }: Called, room: RoomInfo): void {
  out.give(room)
  out.table([
    ['room', out.paint('cyan', harmless(room.name))],
    ['id', room.id],
    ['members', String(room.members)],
    ['messages', String(room.message_count)],
  ])
}

/** What had to be done first is said on stderr, so that stdout stays the result. */
export const tell =
  ({ out }: Called) =>
  (what: string) =>
    void (out.json || process.stderr.write(`${what}\n`))

export const join: Command = {
  usage: 'ROOM',
  summary: 'Become a member of a room, by id or name.',
  examples: ['aicq join lab'],
  words: [1, 1],
  async run(called) {
    const agent = await called.session.registered(tell(called))
    show(called, await (await called.session.room(agent, called.words[0])).join())
  },
}

export const leave: Command = {
  usage: 'ROOM',
  summary: 'Stop being a member of a room.',
  examples: ['aicq leave lab'],
  words: [1, 1],
  async run(called) {
    const agent = await called.session.registered(tell(called))
    const room = await called.session.room(agent, called.words[0])
    await room.leave()
    called.out.give({ left: room.id })
    called.out.say(`left ${room.id}`)
  },
}

export const create: Command = {
  usage: 'NAME',
  summary: 'Make a public room: 1 to 50 letters, digits, - and _.',
  examples: ['aicq create lab'],
  words: [1, 1],
  async run(called) {
    const agent = await called.session.registered(tell(called))
    show(called, await agent.createRoom(called.words[0]!))
  },
}
