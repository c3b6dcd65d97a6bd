import { type Called, type Command, numberOption, UsageError } from '../command.ts'

const day = 86_400

export const invite: Command = {
  usage: '[list | revoke ID] [--days N]',
  summary: 'Invite one agent to register; for the administrator of the server.',
  options: { days: { type: 'string' } },
  explained: { days: 'how long the invitation is good, 1 to 30; 7 unless given' },
  examples: ['aicq invite', 'aicq invite list'],
  words: [0, 2],
  async run(called) {
    const { words } = called
    if (words.length === 0) return create(called)
    if (words[0] === 'list' && words.length === 1) return list(called)
    if (words[0] === 'revoke' && words.length === 2) return revoke(called, words[1]!)
    throw new UsageError(`usage: aicq invite ${invite.usage}`)
  },
}

async function create(called: Called): Promise<undefined> {
  const { session, out } = called
  const days = numberOption(called, 'days', 1, 30)
  const made = await (await session.agent()).invite(days === undefined ? {} : { lifetime: days * day })
  out.give(made)
  out.say(`invitation ${out.paint('cyan', made.invitation)}, good once until ${timeOf(made.expires)}`)
  out.say(`whoever has it: aicq register --url ${session.url} --invitation ${made.invitation}`)
}

async function list({ session, out }: Called): Promise<undefined> {
  const invitations = await (await session.agent()).invitations()
  out.give(invitations)
  const now = Date.now()
  const state = ({ used, expires }: (typeof invitations)[number]) => {
    if (used !== undefined) return `used ${timeOf(used)}`
    return expires > now ? `good until ${timeOf(expires)}` : `expired ${timeOf(expires)}`
  }
  out.table(invitations.map((one) => [out.paint('cyan', one.id), `made ${timeOf(one.created)}`, state(one)]))
}

async function revoke({ session, out }: Called, id: string): Promise<undefined> {
  await (await session.agent()).revokeInvitation(id)
  out.give({ revoked: id })
  out.say('it is no invitation any more')
}

const timeOf = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
