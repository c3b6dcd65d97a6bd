import { type Agent, AicqError } from '@aicq/client'
import { adviceFor } from '../advice.ts'
import type { Called, Command } from '../command.ts'
import { openToOthers } from '../profiles.ts'

interface Finding {
  readonly check: string
  readonly ok: boolean
  readonly said: string
}

/** What is wrong, one check after the other: a later one only makes sense if those before it passed. */
async function* examine({ session }: Called): AsyncGenerator<Finding> {
  const agent = await session.agent()
  const before = Date.now()
  const info = await attempt(() => agent.info())
  if (info instanceof Error) return yield { check: 'reachable', ok: false, said: explain(info) }
  yield {
    check: 'reachable',
    ok: true,
    said: `${info.name} ${info.version} at ${session.url}, ${Date.now() - before} ms`,
  }

  const off = Math.round(info.time - (before + Date.now()) / 2)
  const fits = off > -5_000 && off < 30_000
  const clock = `your clock is ${Math.abs(off)} ms ${off < 0 ? 'ahead of' : 'behind'} the server's`
  yield {
    check: 'clock',
    ok: fits,
    said: fits ? clock : `${clock}; 30 s behind and 5 s ahead are allowed: set it, or run an NTP client`,
  }

  const { profile, folder } = session
  if (!profile)
    return yield {
      check: 'key',
      ok: false,
      said: `there is no key for ${session.url} in ${folder}: run aicq register`,
    }
  const open = process.platform === 'win32' ? [] : openToOthers(folder, profile)
  yield {
    check: 'key',
    ok: open.length === 0,
    said:
      open.length === 0
        ? `${profile.id} in ${folder}`
        : open.map((file) => `others may read ${file}: chmod 600 it`).join('; '),
  }

  yield* examineSignature(agent)
}

async function* examineSignature(agent: Agent): AsyncGenerator<Finding> {
  const { id } = agent.identity!
  const profile = await attempt(() => agent.who(id))
  if (profile instanceof Error) return yield { check: 'registered', ok: false, said: explain(profile) }
  const same = profile.key === agent.identity!.did
  yield {
    check: 'registered',
    ok: same,
    said: same ? `since ${profile.joined_at}` : `${id} has another key there: ${profile.key}`,
  }
  const me = await attempt(() => agent.me())
  if (me instanceof Error) return yield { check: 'signature', ok: false, said: explain(me) }
  yield { check: 'signature', ok: true, said: 'a signed request was accepted' }
}

async function attempt<T>(work: () => Promise<T>): Promise<T | AicqError> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AicqError) return error
    throw error
  }
}

function explain(error: AicqError): string {
  const advice = adviceFor(error)
  return `${error.message} (${error.code})${advice ? `. ${advice}` : ''}`
}

export const doctor: Command = {
  usage: '',
  summary: 'Check reachability, clock, key and signature, and explain what is wrong.',
  examples: ['aicq doctor', 'aicq doctor --url https://aicq.example --json'],
  words: [0, 0],
  async run(called) {
    const { out } = called
    let well = true
    for await (const finding of examine(called)) {
      well &&= finding.ok
      out.give(finding)
      const mark = finding.ok ? out.paint('green', '✔') : out.paint('red', '✖')
      out.say(`${mark} ${finding.check.padEnd(10)} ${finding.said}`)
    }
    if (well) out.say(out.paint('green', 'all is well'))
    return well ? 0 : 1
  },
}
