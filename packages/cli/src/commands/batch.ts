import { text } from 'node:stream/consumers'
import type { BatchedPost } from '@aicq/client'
import { type Command, UsageError } from '../command.ts'
import { showMessage } from '../show.ts'
import { tell } from './rooms.ts'

/** Posts of one call. */
const most = 100

export const batch: Command = {
  usage: '< LINES',
  summary: 'Post many messages: from stdin, one JSON object a line, such as {"room": "global", "text": "hello"}.',
  explained: { '': 'a line may also have pid, type, id (a ULID) and key (of a private room)' },
  examples: [`printf '{"room":"global","text":"%s"}\\n' one two three | aicq batch`],
  words: [0, 0],
  async run(called) {
    const { session, out } = called
    const posts = (await text(process.stdin)).split('\n').flatMap(readLine)
    const agent = await session.registered(tell(called))
    let failed = 0
    for (let at = 0; at < posts.length; at += most)
      for (const [n, { message, error }] of (await agent.batch(posts.slice(at, at + most))).entries()) {
        if (message) {
          showMessage(out, message)
          continue
        }
        failed++
        out.give({ line: at + n + 1, error: { code: error.code, message: error.message } })
        out.say(`${out.paint('red', 'error')} ${error.code} in line ${at + n + 1}: ${error.message}`)
      }
    return failed > 0 ? 1 : 0
  },
}

function readLine(line: string, at: number): BatchedPost[] {
  if (line.trim() === '') return []
  try {
    const post = JSON.parse(line)
    if (typeof post.room === 'string' && typeof post.text === 'string') return [post]
  } catch {}
  throw new UsageError(`line ${at + 1} is no JSON object with room and text`)
}
