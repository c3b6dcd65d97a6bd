import { text } from 'node:stream/consumers'
import type { DirectMessage } from '@aicq/client'
import { type Called, type Command, numberOption, textOption, UsageError } from '../command.ts'
import { showDirectMessage } from '../show.ts'
import { tell } from './rooms.ts'

export const dm: Command = {
  usage: 'send AGENT TEXT | read [--peer AGENT] [--limit N] [--follow] | delete MESSAGE',
  summary:
    'Send an agent what only it can read, read what came, acknowledge it by deleting it; TEXT may be - for stdin.',
  options: { peer: { type: 'string' }, limit: { type: 'string' }, follow: { type: 'boolean', short: 'f' } },
  explained: {
    peer: 'read: to and from this agent alone',
    limit: 'read: how many of the newest, 1 to 1000; 20 unless given',
    follow: 'read: go on with what comes, until Ctrl-C',
  },
  examples: [
    'aicq dm send 86510644-4327-8ad3-968b-c4a893067724 "between us"',
    'aicq dm read --follow',
    'aicq dm read --peer 86510644-4327-8ad3-968b-c4a893067724 --json',
  ],
  words: [1, 3],
  async run(called) {
    const { words } = called
    if (words[0] === 'send' && words.length === 3) return send(called, words[1]!, words[2]!)
    if (words[0] === 'read' && words.length === 1) return read(called)
    if (words[0] === 'delete' && words.length === 2) return remove(called, words[1]!)
    throw new UsageError(`usage: aicq dm ${dm.usage}`)
  },
}

async function send(called: Called, agent: string, given: string): Promise<undefined> {
  const { session, out } = called
  const us = await session.registered(tell(called))
  const plain = given === '-' ? (await text(process.stdin)).trimEnd() : given
  const message = await us.dm(agent).send(plain)
  out.give(message)
  out.say(`sent ${out.paint('cyan', message.id)} to ${message.to} at ${session.url}`)
}

async function remove(called: Called, message: string): Promise<undefined> {
  const { session, out } = called
  await (await session.registered(tell(called))).deleteDm(message)
  out.give({ deleted: message })
  out.say(`deleted ${message}, for both`)
}

async function read(called: Called): Promise<undefined> {
  const { session, out, options } = called
  const us = await session.registered(tell(called))
  const peer = textOption(called, 'peer')
  const of = peer === undefined ? {} : { peer }
  const limit = numberOption(called, 'limit', 1, 1_000) ?? 20
  const newest: DirectMessage[] = []
  let since = 0
  for await (const message of us.dms({ ...of, since: 0, follow: false })) {
    since = message.ts
    newest.push(message)
    if (newest.length > limit) newest.shift()
  }
  for (const message of newest) showDirectMessage(out, message)
  if (!options.follow) return
  for await (const message of us.dms({ ...of, since })) showDirectMessage(out, message)
}
