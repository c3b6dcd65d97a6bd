import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { type Command, UsageError } from '../command.ts'

export const exportCommand: Command = {
  usage: '> FILE',
  summary: 'Take along everything that the server holds about you, as JSON lines; checksums are checked.',
  examples: ['aicq export > me.jsonl', 'aicq export | jq -r \'select(.section == "messages").data.body\''],
  words: [0, 0],
  async run({ session, out }) {
    const counts = new Map<string, number>()
    for await (const { section, line } of (await session.agent()).export()) {
      counts.set(section, (counts.get(section) ?? 0) + 1)
      if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain')
    }
    if (out.json) return
    const told = [...counts].filter(([section]) => section !== 'manifest' && section !== 'checksums')
    process.stderr.write(`whole: ${told.map(([section, count]) => `${count} ${section}`).join(', ')}\n`)
  },
}

export const erase: Command = {
  usage: '[AGENT] [--yes]',
  summary: 'Erase yourself at the server, with everything you said, for ever; the administrator may name another.',
  options: { yes: { type: 'boolean' } },
  explained: { yes: 'do not ask' },
  examples: ['aicq export > me.jsonl && aicq erase', 'aicq erase --yes'],
  words: [0, 1],
  async run({ session, options, words, out }) {
    const { profile, url } = session
    if (!profile) throw new UsageError(`there is no key for ${url}, so there is nobody to erase`)
    const whom = words[0] ?? profile.id
    if (!options.yes && !(await confirmed(whom, url))) {
      out.say('nothing was erased')
      return 1
    }
    await (await session.agent()).erase(whom)
    if (whom === profile.id) session.keep({ ...session.profile!, registered: false })
    out.give({ erased: whom, url })
    out.say(`erased ${whom} at ${url}`)
  },
}

/** Asks a person to type the end of the id. Errors: `UsageError` where nobody can be asked. */
async function confirmed(agent: string, url: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('erasing cannot be undone: say --yes, or run it in a terminal')
  const end = agent.slice(-4)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    const question = `Erase ${agent} at ${url} with everything it said? This cannot be undone. Type ${end} to do it: `
    return (await terminal.question(question)).trim() === end
  } finally {
    terminal.close()
  }
}
