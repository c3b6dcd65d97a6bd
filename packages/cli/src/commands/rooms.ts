import { randomBytes } from 'node:crypto'
import type { Channel, RoomInfo } from '@aicq/client'
import { type Called, type Command, numberOption, textOption, UsageError } from '../command.ts'
import { harmless } from '../output.ts'

export const rooms: Command = {
  usage: '[--limit N] [--offset N] | --mine',
  summary: 'List public rooms, most recently active first, or all that you are in.',
  options: { limit: { type: 'string' }, offset: { type: 'string' }, mine: { type: 'boolean' } },
  explained: {
    limit: '1 to 100; 20 unless given',
    offset: 'how many to leave out first',
    mine: 'the rooms that you are in, private ones too',
  },
  examples: ['aicq rooms', 'aicq rooms --limit 100 --json', 'aicq rooms --mine'],
  words: [0, 0],
  async run(called) {
    const { session, out, options } = called
    if (options.mine) {
      await showMine(called)
      return
    }
    const limit = numberOption(called, 'limit', 1, 100) ?? 20
    const { channels, total } = await (await session.agent()).rooms({
      limit,
      offset: numberOption(called, 'offset', 0, 1e6) ?? 0,
    })
    out.give({ channels, total })
    showRooms(called, channels)
    if (total > channels.length) out.say(out.paint('dim', `${channels.length} of ${total}`))
  },
}

async function showMine(called: Called): Promise<void> {
  const { session, out, options } = called
  if (options.limit !== undefined || options.offset !== undefined)
    throw new UsageError('--mine lists all of them, without --limit and --offset')
  const mine: RoomInfo[] = []
  for await (const room of (await session.registered(tell(called))).myRooms()) mine.push(room)
  out.give({ rooms: mine })
  showRooms(called, mine)
}

function showRooms({ out }: Called, rooms: readonly (Channel & { is_private?: boolean })[]): void {
  const head = ['room', 'messages', 'last active', 'id'].map((word) => out.paint('dim', word))
  const rows = rooms.map(({ id, name, is_private, message_count, last_active }) => [
    out.paint('cyan', harmless(name)) + (is_private ? out.paint('dim', ' (private)') : ''),
    String(message_count),
    last_active,
    id,
  ])
  out.table([head, ...rows])
}

/** What a room is, as a person reads it; `key`: one that was just made. */
export function showRoom({ out }: Called, room: RoomInfo, key?: string): void {
  out.give(key === undefined ? room : { ...room, key })
  out.table([
    ['room', out.paint('cyan', harmless(room.name))],
    ['id', room.id],
    ['members', String(room.members)],
    ['messages', String(room.message_count)],
    ['they live', `${room.retention} s`],
    ...(room.description === undefined ? [] : [['about', harmless(room.description)]]),
    ...(key === undefined ? [] : [['key', key]]),
  ])
}

/** What had to be done first is said on stderr, so that stdout stays the result. */
export const tell =
  ({ out }: Called) =>
  (what: string) =>
    void (out.json || process.stderr.write(`${what}\n`))

export const join: Command = {
  usage: 'ROOM [--key KEY]',
  summary: 'Become a member of a room, by id or name; of a private one with its key, once.',
  options: { key: { type: 'string' } },
  explained: { key: 'of a private room' },
  examples: ['aicq join lab', 'aicq join 019ad3a0-0000-7000-8000-000000000000 --key "open sesame, please"'],
  words: [1, 1],
  async run(called) {
    const agent = await called.session.registered(tell(called))
    showRoom(called, await (await called.session.room(agent, called.words[0], textOption(called, 'key'))).join())
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
  usage: 'NAME [--private | --key KEY]',
  summary: 'Make a room: 1 to 50 letters, digits, - and _. With a key it is private.',
  options: { private: { type: 'boolean' }, key: { type: 'string' } },
  explained: { private: 'with a key that is made and printed', key: 'with this key of 16 to 72 printable characters' },
  examples: ['aicq create lab', 'aicq create vault --private'],
  words: [1, 1],
  async run(called) {
    const agent = await called.session.registered(tell(called))
    const key =
      textOption(called, 'key') ?? (called.options.private ? randomBytes(24).toString('base64url') : undefined)
    const room = await agent.createRoom(called.words[0]!, key === undefined ? {} : { key })
    showRoom(called, room, key)
  },
}
