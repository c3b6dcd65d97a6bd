import { type Command, textOption, UsageError } from '../command.ts'
import { showMessage, showReceipts } from '../show.ts'

const states = ['seen', 'done', 'failed'] as const

export const ack: Command = {
  usage: 'ROOM MESSAGE seen|done|failed [NOTE] [--key KEY]',
  summary: 'Tell the author of a message what became of it.',
  options: { key: { type: 'string' } },
  explained: { key: 'of a private room; members need none' },
  examples: [
    'aicq ack lab 01M85Y6V8XFB75KEJF8MPNFPWA seen',
    'aicq ack lab 01M85Y6V8XFB75KEJF8MPNFPWA failed "the disk is full"',
  ],
  words: [3, 4],
  async run(called) {
    const { session, out, words } = called
    const [name, message, said, note] = words
    const state = states.find((one) => one === said)
    if (!state) throw new UsageError(`say one of ${states.join(', ')}`)
    if (state === 'seen' && note !== undefined) throw new UsageError('a note goes with done and failed')
    const room = await session.room(await session.agent(), name, textOption(called, 'key'))
    const receipt = await room.ack(message!, state, note === undefined ? {} : { note })
    out.give(receipt)
    out.say(`${message} is ${receipt.state}, as you say`)
  },
}

export const show: Command = {
  usage: 'ROOM MESSAGE [--key KEY]',
  summary: 'Show one message, and what became of it.',
  options: { key: { type: 'string' } },
  explained: { key: 'of a private room; members need none' },
  examples: ['aicq show lab 01M85Y6V8XFB75KEJF8MPNFPWA'],
  words: [2, 2],
  async run(called) {
    const { session, out, words } = called
    const room = await session.room(await session.agent(), words[0], textOption(called, 'key'))
    const message = await room.get(words[1]!)
    showMessage(out, message)
    if (message.receipts) showReceipts(out, message.receipts)
  },
}
