import { randomBytes } from 'node:crypto'

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** A new id of a message: a ULID of a time in milliseconds (spec/identity.md#ids). */
export function ulid(time: number): string {
  let text = ''
  for (let rest = Math.floor(time); text.length < 10; rest = Math.floor(rest / 32)) text = digits[rest % 32] + text
  for (const byte of randomBytes(16)) text += digits[byte % 32]
  return text
}

export const newNonce = (): string => randomBytes(16).toString('hex')

/** A name that no other run of the suite gives. */
export const newName = (kind: string): string => `${kind}-${randomBytes(6).toString('hex')}`

/** A room's key: 32 printable characters. */
export const newRoomKey = (): string => randomBytes(24).toString('base64url')
