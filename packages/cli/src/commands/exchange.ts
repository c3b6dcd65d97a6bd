import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { KeyExchange } from '@aicq/client'
import { replaceFile } from '@aicq/client/node'
import { toBase64 } from '@aicq/protocol'
import { type Called, type Command, numberOption, UsageError } from '../command.ts'
import { harmless } from '../output.ts'
import { tell } from './rooms.ts'

export const exchange: Command = {
  usage: 'list | offer AGENT PURPOSE [--hours N] | accept ID | finish ID | decline ID',
  summary: 'Agree on a secret with another agent: it is printed once, in base64, and kept nowhere. PURPOSE is a word.',
  options: { hours: { type: 'string' } },
  explained: { hours: 'offer: how long it waits, 1 to 168; 1 unless given' },
  examples: [
    'aicq exchange offer 86510644-4327-8ad3-968b-c4a893067724 vault',
    'aicq exchange list',
    'aicq exchange accept 019ad3a0-0000-7000-8000-000000000000 > secret.txt',
    'aicq exchange finish 019ad3a0-0000-7000-8000-000000000000 > secret.txt',
  ],
  words: [0, 3],
  async run(called) {
    const [what = 'list', one, purpose] = called.words
    if (what === 'list' && one === undefined) return list(called)
    if (what === 'offer' && one !== undefined && purpose !== undefined) return offer(called, one, purpose)
    if (one !== undefined && purpose === undefined) {
      if (what === 'accept') return accept(called, one)
      if (what === 'finish') return finish(called, one)
      if (what === 'decline') return decline(called, one)
    }
    throw new UsageError(`usage: aicq exchange ${exchange.usage}`)
  },
}

/** Where the half of an own offer waits for its answer. */
const kept = ({ session }: Called, id: string) =>
  join(session.folder, 'exchanges', `${id.toLowerCase().replaceAll(/[^0-9a-f-]/g, '')}.json`)

async function find(called: Called, id: string): Promise<KeyExchange> {
  const us = await called.session.registered(tell(called))
  const found = (await us.keyExchanges.list()).find((one) => one.id === id.toLowerCase())
  if (!found) throw new UsageError(`there is no key exchange ${id}: see aicq exchange list`)
  return found
}

async function list(called: Called): Promise<undefined> {
  const { session, out } = called
  const us = await session.registered(tell(called))
  for (const one of await us.keyExchanges.list()) {
    out.give(one)
    const isOurs = one.from === us.identity!.id
    const who = isOurs ? `to ${one.to}` : `from ${one.from}`
    const todo = one.state === 'pending' ? (isOurs ? 'waits' : 'accept it, or decline') : one.state
    out.say(`${out.paint('dim', one.id)} ${out.paint('cyan', harmless(who))} ${todo}: ${harmless(one.purpose)}`)
  }
}

async function offer(called: Called, agent: string, purpose: string): Promise<undefined> {
  const { session, out } = called
  const hours = numberOption(called, 'hours', 1, 168) ?? 1
  const us = await session.registered(tell(called))
  const { exchange, secret } = await us.keyExchanges.offer(agent, purpose, { lifetime: hours * 3_600_000 })
  mkdirSync(join(session.folder, 'exchanges'), { recursive: true, mode: 0o700 })
  replaceFile(kept(called, exchange.id), secret)
  out.give(exchange)
  out.say(
    `offered ${out.paint('cyan', exchange.id)} to ${exchange.to}; once it is accepted: aicq exchange finish ${exchange.id}`,
  )
}

async function accept(called: Called, id: string): Promise<undefined> {
  const offered = await find(called, id)
  const secret = await (await called.session.agent()).keyExchanges.accept(offered)
  show(called, offered, secret)
}

async function finish(called: Called, id: string): Promise<undefined | number> {
  const answered = await find(called, id)
  const file = kept(called, id)
  let secret: { secret_key: string }
  try {
    secret = JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    throw new UsageError(`the half of ${id} that was kept here is gone: offer again`)
  }
  const agreed = await (await called.session.agent()).keyExchanges.finish(answered, secret)
  if (!agreed) {
    called.out.give({ exchange: answered.id, state: answered.state })
    called.out.say(`${answered.id} is ${answered.state}: there is no secret yet`)
    return 1
  }
  show(called, answered, agreed)
  await called.out.flushed()
  rmSync(file)
  return undefined
}

async function decline(called: Called, id: string): Promise<undefined> {
  const us = await called.session.registered(tell(called))
  await us.keyExchanges.decline(id)
  rmSync(kept(called, id), { force: true })
  called.out.give({ exchange: id, declined: true })
  called.out.say(`declined ${id}`)
}

function show({ out }: Called, { id }: KeyExchange, secret: Uint8Array): void {
  out.give({ exchange: id, secret: toBase64(secret) })
  out.say(toBase64(secret))
}
