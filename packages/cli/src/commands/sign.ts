import { readFileSync } from 'node:fs'
import { signRequest, signV0 } from '@aicq/protocol'
import { type Command, textOption, UsageError } from '../command.ts'

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

export const sign: Command = {
  usage: 'METHOD PATH [--body TEXT | --file FILE] [--v0]',
  summary: 'Print the headers that sign a request, a line each, for curl -H @file or any other program.',
  options: { body: { type: 'string' }, file: { type: 'string' }, v0: { type: 'boolean' } },
  explained: {
    body: 'the body, exactly as it will be sent',
    file: 'a file that holds the body',
    v0: 'the headers of v0 instead of RFC 9421',
  },
  examples: [
    'aicq sign GET /v1/me > headers && curl -H @headers http://127.0.0.1:8080/v1/me',
    `aicq sign POST /v1/room/global --body '{"body":"hi"}'`,
  ],
  words: [2, 2],
  async run(called) {
    const { session, out, words, options } = called
    const [method, path] = [words[0]!.toUpperCase(), words[1]!]
    if (!methods.includes(method)) throw new UsageError(`${words[0]} is not one of ${methods.join(', ')}`)
    if (!path.startsWith('/')) throw new UsageError(`${path} does not begin with /`)
    const url = new URL(session.url + path)
    const identity = await session.identity()
    if (!identity) throw new UsageError(`there is no key for ${session.url}: run aicq register first`)
    const file = textOption(called, 'file')
    const body = file === undefined ? textOption(called, 'body') : readFileSync(file)
    const bytes =
      body === undefined ? undefined : typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body)
    const headers = options.v0
      ? await signV0(identity, bytes ?? new Uint8Array())
      : await signRequest(identity, { method, url, ...(bytes ? { body: bytes } : {}) })
    out.give(headers)
    for (const [name, value] of Object.entries(headers)) out.say(`${name}: ${value}`)
  },
}
