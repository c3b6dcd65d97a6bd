import { Buffer } from 'node:buffer'
import type { Delivery } from '../streams.ts'

/** The header of a whole text frame of a server (RFC 6455, 5.2): final, not masked, not compressed. */
function header(bytes: number): Buffer {
  if (bytes < 126) return Buffer.from([0x81, bytes])
  const long = bytes > 0xffff
  const made = Buffer.alloc(long ? 10 : 4)
  made[0] = 0x81
  made[1] = long ? 127 : 126
  if (long) made.writeUIntBE(bytes, 4, 6)
  else made.writeUInt16BE(bytes, 2)
  return made
}

/** A text as a frame. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  return Buffer.concat([header(payload.length), payload])
}

export const pingFrame = Buffer.from([0x89, 0])

/** What was framed, by the subscription's id: most connections have one, and it is `1`. */
const framed = new WeakMap<readonly Delivery[], Map<string, Buffer>>()

/** The frames that tell a subscription of events, all in one. Frames of the same events are made once, for whoever gets them. */
export function eventFrames(subscription: string, deliveries: readonly Delivery[]): Buffer {
  const known = framed.get(deliveries) ?? new Map<string, Buffer>()
  framed.set(deliveries, known)
  const made = known.get(subscription) ?? frame(subscription, deliveries)
  known.set(subscription, made)
  return made
}

function frame(subscription: string, deliveries: readonly Delivery[]): Buffer {
  const begin = Buffer.from(`{"jsonrpc":"2.0","method":"event","params":{"subscription":"${subscription}","event":`)
  return Buffer.concat(
    deliveries.flatMap(({ json }) => [header(begin.length + json.length + end.length), begin, json, end]),
  )
}
const end = Buffer.from('}}')

export const notification = (method: string, params: object): string =>
  JSON.stringify({ jsonrpc: '2.0', method, params })
