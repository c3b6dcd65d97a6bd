import { type Agent, type AgentEvent, AicqError, type EventsOptions } from '@aicq/client'
import { type Called, type Command, textOption } from '../command.ts'
import { showEvent } from '../show.ts'
import { tell } from './rooms.ts'

export const watch: Command = {
  usage: '[ROOM ...] [--key KEY]',
  summary: 'See what happens as it happens: in these rooms, or in all that is yours.',
  options: { key: { type: 'string' } },
  explained: { key: 'of the private rooms among them; members need none' },
  examples: ['aicq watch', 'aicq watch global lab', 'aicq watch --json | jq .type'],
  words: [0, 100],
  async run(called) {
    const { session, words, out } = called
    const agent = await (words.length === 0 ? session.registered(tell(called)) : session.agent())
    const key = textOption(called, 'key')
    const rooms: { id: string; key?: string }[] = []
    for (const word of words) {
      const { id } = await session.room(agent, word, key)
      rooms.push(key === undefined ? { id } : { id, key })
    }
    const leaving = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => leaving.abort())
    await watching(called, agent, { ...(rooms.length > 0 ? { rooms } : {}), signal: leaving.signal }).catch((error) => {
      if (!leaving.signal.aborted) throw error
    })
    await out.flushed()
    return 0
  },
}

async function watching({ out, session }: Called, agent: Agent, options: EventsOptions): Promise<void> {
  const keys = new Map(
    options.rooms?.map((room) => (typeof room === 'string' ? [room, undefined] : [room.id, room.key])),
  )
  const names = new Map<string, string>()
  const nameOf = async ({ room, type, name }: AgentEvent) => {
    if (room === undefined || out.json) return undefined
    if (name !== undefined && type.startsWith('room.')) names.set(room, name)
    if (!names.has(room)) {
      const key = keys.get(room)
      const found = await agent
        .room(room, key === undefined ? {} : { key })
        .info()
        .catch(() => undefined)
      names.set(room, found?.name ?? room)
    }
    return names.get(room)
  }
  for (let cursor: string | undefined; ; ) {
    const events = agent.events({ ...options, ...(cursor === undefined ? {} : { cursor }) })
    try {
      await events.ready()
      if (cursor === undefined) process.stderr.write(`watching ${session.url} from now on; Ctrl-C ends it\n`)
      for await (const event of events) showEvent(out, event, await nameOf(event))
      return
    } catch (error) {
      if (!(error instanceof AicqError) || error.code !== 'resync_required') throw error
      cursor = String(error.problem.cursor)
      out.give({ type: 'resync_required', cursor })
      out.say(
        out.paint('red', 'some events were missed and cannot be had any more: read the rooms; this goes on from now'),
      )
    }
  }
}
