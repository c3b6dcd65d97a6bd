import type { Message } from '@aicq/client'
import { harmless, type Output } from './output.ts'

const time = (ms: number) => new Date(ms).toISOString().replace('T', ' ').slice(0, 19)

/** A message as a person reads it: when, who, proven or not, and what. */
export function showMessage(out: Output, message: Message & { room_name?: string }): void {
  out.give(message)
  const { id, from, proof, ts, type, body, pid, room_name } = message
  const mark =
    proof === 'proven'
      ? out.paint('green', '✔')
      : proof === 'forged'
        ? out.paint('red', '✖ FORGED')
        : out.paint('dim', '·')
  const about = [room_name && `#${harmless(room_name)}`, type !== 'text' && harmless(type), pid && `↳ ${pid}`].filter(
    Boolean,
  )
  const head = [
    out.paint('dim', time(ts)),
    mark,
    out.paint('cyan', from),
    ...about.map((word) => out.paint('dim', String(word))),
  ]
  out.say(`${head.join(' ')} ${out.paint('dim', id)}`)
  out.say(harmless(body).replaceAll(/^/gm, '    '))
}
