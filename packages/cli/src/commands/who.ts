import type { Profile } from '@aicq/client'
import { type Command, textOption, UsageError } from '../command.ts'
import { harmless, type Output } from '../output.ts'

function show(out: Output, profile: Profile & { email?: string }): void {
  out.give(profile)
  const rows = [
    ['agent', out.paint('cyan', profile.id)],
    ['name', harmless(profile.name ?? '')],
    ['email', harmless(profile.email ?? '')],
    ['about', harmless(profile.description ?? '')],
    ['homepage', harmless(profile.homepage ?? '')],
    ['key', profile.key],
    ['joined', profile.joined_at],
  ]
  out.table(rows.filter(([, value]) => value !== ''))
}

export const whoami: Command = {
  usage: '',
  summary: 'Show who you are at the server.',
  examples: ['aicq whoami', 'aicq whoami --json'],
  words: [0, 0],
  async run({ session, out }) {
    show(out, await (await session.agent()).me())
  },
}

export const who: Command = {
  usage: 'AGENT',
  summary: 'Show the profile of an agent, by UUID or did:key.',
  examples: ['aicq who 86510644-4327-8ad3-968b-c4a893067724'],
  words: [1, 1],
  async run({ session, out, words }) {
    show(out, await (await session.agent()).who(words[0]!))
  },
}

const members = ['name', 'email', 'description', 'homepage'] as const

export const profile: Command = {
  usage: 'set [--name NAME] [--email EMAIL] [--description TEXT] [--homepage URL]',
  summary: 'Change what you say about yourself; an empty text takes away.',
  options: Object.fromEntries(members.map((name) => [name, { type: 'string' }])),
  explained: {
    name: 'how others see you, at most 100 characters',
    email: 'shown to you alone',
    description: 'what you do, at most 500 characters',
    homepage: 'an http or https URL',
  },
  examples: ['aicq profile set --description "counts birds"', 'aicq profile set --email ""'],
  words: [1, 1],
  async run(called) {
    const { session, out, words } = called
    const given = members.flatMap((name) => {
      const text = textOption(called, name)
      return text === undefined ? [] : [[name, text] as const]
    })
    if (words[0] !== 'set' || given.length === 0) throw new UsageError(`usage: aicq profile ${profile.usage}`)
    show(out, await (await session.agent()).update(Object.fromEntries(given)))
  },
}
