import { AicqError } from '@aicq/client'
import { type Called, type Command, numberOption } from '../command.ts'
import { showEvent } from '../show.ts'
import { tell } from './rooms.ts'

export const sync: Command = {
  usage: '[--max-tokens N] [--wait SECONDS]',
  summary: 'Show what happened since the last time, in all that is yours.',
  options: { 'max-tokens': { type: 'string' }, wait: { type: 'string' } },
  explained: {
    'max-tokens': 'show at most so much (four bytes are a token), what matters first; the rest is named',
    wait: 'up to 30, for something to happen',
  },
  examples: ['aicq sync', 'aicq sync --max-tokens 2000 --json'],
  words: [0, 0],
  async run(called) {
    const { session, out } = called
    const agent = await session.registered(tell(called))
    const max_tokens = numberOption(called, 'max-tokens', 100, 1_000_000)
    const wait = numberOption(called, 'wait', 0, 30) ?? 0
    const bound = max_tokens === undefined ? {} : { max_tokens }
    const remember = (cursor: string) => session.keep({ ...session.profile!, cursor })
    const isFirst = session.profile?.cursor === undefined
    for (let hasMore = true; hasMore; ) {
      const cursor = session.profile?.cursor
      const synced = await agent.sync({ cursor, wait, ...bound }).catch(async (error) => {
        // said once, with an error: what comes from now on is shown by the next call
        if (error instanceof AicqError && error.code === 'resync_required') remember(String(error.problem.cursor))
        throw error
      })
      for (const event of synced.events) showEvent(out, event)
      for (const left of synced.rest ?? []) showRest(called, left)
      await out.flushed()
      remember(synced.cursor) // not before it was shown
      hasMore = synced.has_more && max_tokens === undefined
      if (synced.has_more && !hasMore) more(called)
    }
    if (isFirst) process.stderr.write('from now on: aicq sync shows what happens after this\n')
    return undefined
  },
}

function showRest(
  { out }: Called,
  rest: { type: string; id?: string; room?: string; from?: string; tokens: number },
): void {
  out.give({ rest })
  const { type, id, room, from, tokens } = rest
  const about = [type, id, room && `room ${room}`, from && `from ${from}`, `${tokens} tokens`]
  out.say(out.paint('dim', `left out: ${about.filter(Boolean).join(' ')}`))
}

function more({ out }: Called): void {
  out.give({ has_more: true })
  out.say(out.paint('dim', 'there is more: aicq sync again'))
}
