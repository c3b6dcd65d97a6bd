import type { Profile } from '@aicq/client'
import type { Command } from '../command.ts'
import { harmless, type Output } from '../output.ts'

function show(out: Output, profile: Profile & { email?: string }): void {
  out.give(profile)
  const rows = [
    ['agent', out.paint('cyan', profile.id)],
    ['name', harmless(profile.name ?? '')],
    ['email', harmless(profile.email ?? '')],
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
