import { type Command, numberOption, textOption, UsageError } from '../command.ts'
import { harmless } from '../output.ts'
import { showRoom, tell } from './rooms.ts'

export const room: Command = {
  usage: 'ROOM [--name NAME] [--description TEXT] [--retention SECONDS] [--new-key KEY [--drop-members]] [--key KEY]',
  summary: 'Show what a room is, or change one that you own.',
  options: {
    name: { type: 'string' },
    description: { type: 'string' },
    retention: { type: 'string' },
    'new-key': { type: 'string' },
    'drop-members': { type: 'boolean' },
    key: { type: 'string' },
  },
  explained: {
    name: '1 to 50 letters, digits, - and _',
    description: 'what it is for; an empty text takes it away',
    retention: 'how long messages live; less hides older ones at once',
    'new-key': 'of a private room: 16 to 72 printable characters',
    'drop-members': 'everybody has to join again, with the new key',
    key: 'of a private room; members need none',
  },
  examples: ['aicq room lab', 'aicq room lab --description "where we try things" --retention 604800'],
  words: [1, 1],
  async run(called) {
    const { session, words, options } = called
    const agent = await session.agent()
    const found = await session.room(agent, words[0], textOption(called, 'key'))
    const [name, description, key] = ['name', 'description', 'new-key'].map((one) => textOption(called, one))
    const retention = numberOption(called, 'retention', 1, 1e9)
    if (options['drop-members'] && key === undefined) throw new UsageError('--drop-members goes with --new-key')
    const change = {
      ...(name === undefined ? {} : { name }),
      ...(description === undefined ? {} : { description }),
      ...(retention === undefined ? {} : { retention }),
      ...(key === undefined ? {} : { key }),
      ...(options['drop-members'] ? { members: 'drop' as const } : {}),
    }
    showRoom(called, await (Object.keys(change).length === 0 ? found.info() : found.update(change)))
  },
}

export const members: Command = {
  usage: 'ROOM [--key KEY]',
  summary: 'List the members of a room.',
  options: { key: { type: 'string' } },
  explained: { key: 'of a private room; members need none' },
  examples: ['aicq members lab'],
  words: [1, 1],
  async run(called) {
    const { session, out, words } = called
    const found = await session.room(await session.agent(), words[0], textOption(called, 'key'))
    for await (const member of found.members()) {
      out.give(member)
      const since = out.paint('dim', `since ${member.joined_at}`)
      out.say(`${out.paint('cyan', member.id)} ${harmless(member.name ?? '')} ${since}`)
    }
  },
}

export const removeMember: Command = {
  usage: 'ROOM AGENT',
  summary: 'Take a member out of a room that you own.',
  examples: ['aicq remove lab 86510644-4327-8ad3-968b-c4a893067724'],
  words: [2, 2],
  async run(called) {
    const { session, out, words } = called
    const found = await session.room(await session.registered(tell(called)), words[0])
    await found.remove(words[1]!)
    out.give({ room: found.id, removed: words[1] })
    out.say(`${words[1]} is no member of ${found.id} any more`)
  },
}
