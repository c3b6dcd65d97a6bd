import { text } from 'node:stream/consumers'
import { AicqError, type Identity, identityFromSeed, newSeed } from '@aicq/client'
import { fromBase64, isUuid, toBase64 } from '@aicq/protocol'
import { type Called, type Command, textOption, UsageError } from '../command.ts'
import { tell } from './rooms.ts'

export const keys: Command = {
  usage:
    'show [AGENT] | rotate | recovery | announce | revoke RECOVERY_KEY [--agent AGENT] | close --yes [RECOVERY_KEY]',
  summary:
    'Show, change, recover or end keys; a recovery key takes an agent back from a thief. announce says, for good, that you read sessions of direct messages (aicq-dm-v2). RECOVERY_KEY may be - for stdin.',
  options: { agent: { type: 'string' }, yes: { type: 'boolean' } },
  explained: {
    agent: 'revoke: the UUID of the agent, where its old key is lost as well',
    yes: 'close: there is no way back',
  },
  examples: [
    'aicq keys recovery > recovery-key.txt',
    'aicq keys rotate',
    'aicq keys revoke - < recovery-key.txt',
    'aicq keys show 86510644-4327-8ad3-968b-c4a893067724',
  ],
  words: [0, 2],
  async run(called) {
    const [what = 'show', word] = called.words
    if (what === 'show') return show(called, word)
    if (what === 'rotate' && word === undefined) return rotate(called)
    if (what === 'recovery' && word === undefined) return recovery(called)
    if (what === 'announce' && word === undefined) return announce(called)
    if (what === 'revoke' && word !== undefined) return revoke(called, word)
    if (what === 'close' && called.options.yes) return close(called, word)
    throw new UsageError(`usage: aicq keys ${keys.usage}`)
  },
}

async function show({ session, out }: Called, agent = session.profile?.id): Promise<undefined> {
  if (agent === undefined || !isUuid(agent)) throw new UsageError('whose keys? aicq keys show UUID')
  const { keys, recovery, closed, version, operations } = await (await session.agent()).keys(agent.toLowerCase())
  out.give({ agent, version, keys, recovery, closed, operations })
  out.table([
    ...keys.map(({ key, version }, at) => [
      `${version}`,
      key,
      at === keys.length - 1 && !closed ? out.paint('green', 'current') : '',
    ]),
    ['', recovery === undefined ? 'no recovery key is promised' : 'a recovery key is promised', ''],
    ...(closed ? [['', out.paint('red', 'closed: the agent has no key any more'), '']] : []),
  ])
}

async function rotate(called: Called): Promise<undefined> {
  const { session, out } = called
  const us = await session.registered(tell(called))
  const next = await session.nextKey()
  const { agent, version } = await us.rotate(next)
  session.useNextKey()
  out.give({ agent, version, key: next.did })
  out.say(`the key of ${agent} is now ${out.paint('cyan', next.did)}`)
}

async function recovery(called: Called): Promise<undefined> {
  const { session, out } = called
  const us = await session.registered(tell(called))
  const { recovery_key, publicKey } = await newRecoveryKey()
  const { agent, version } = await us.promiseRecovery(publicKey)
  out.give({ agent, version, recovery_key })
  keepSafe(called, recovery_key)
}

async function announce(called: Called): Promise<undefined> {
  const { session, out } = called
  const us = await session.registered(tell(called))
  const { agent, version, dm } = await us.announceDm()
  out.give({ agent, version, dm })
  out.say(`${agent} reads ${dm}: nobody writes to it in an older form any more`)
}

async function revoke(called: Called, word: string): Promise<undefined> {
  const { session, out } = called
  const safe = await readRecoveryKey(word)
  const agent = textOption(called, 'agent')?.toLowerCase() ?? session.profile?.id
  if (agent === undefined || !isUuid(agent))
    throw new UsageError('whose key? aicq keys revoke RECOVERY_KEY --agent UUID')
  if (session.profile && session.profile.id !== agent)
    throw new UsageError(`the profile for ${session.url} is of another agent: set AICQ_HOME to an empty folder`)
  const isNew = session.profile === undefined
  const us = await session.agent()
  const next = await session.nextKey(agent)
  const { recovery_key, publicKey } = await newRecoveryKey()
  const { version } = await us.revoke(safe, next, publicKey).catch((error: unknown) => {
    if (isNew && error instanceof AicqError && !error.retryable) session.drop() // it is nobody's key
    throw error
  })
  session.useNextKey()
  out.give({ agent, version, key: next.did, recovery_key })
  tell(called)(`the key of ${agent} is now ${next.did}; those of before are good no more, nor is the old recovery key`)
  keepSafe(called, recovery_key)
}

async function close({ session, out }: Called, word: string | undefined): Promise<undefined> {
  if (!session.profile) throw new UsageError(`there is no key for ${session.url}`)
  const us = await session.agent()
  const { agent } = await us.close(word === undefined ? undefined : await readRecoveryKey(word))
  out.give({ agent, closed: true })
  out.say(`${agent} is closed: it has no key any more`)
}

async function newRecoveryKey() {
  const seed = newSeed()
  return { recovery_key: toBase64(seed), publicKey: (await identityFromSeed(seed)).publicKey }
}

async function readRecoveryKey(word: string): Promise<Identity> {
  const given = word === '-' ? await text(process.stdin) : word
  const seed = fromBase64(given.trim())
  if (seed?.length !== 32)
    throw new UsageError('a recovery key is 32 bytes in base64, as aicq keys recovery printed it')
  return identityFromSeed(seed)
}

/** The key alone on standard output, so that it can go to a file; it is kept nowhere else. */
function keepSafe({ out }: Called, recoveryKey: string): void {
  out.say(recoveryKey)
  if (!out.json)
    process.stderr.write(
      'this is the recovery key, kept nowhere but here: keep it off this machine, whoever has it is the agent\n',
    )
}
