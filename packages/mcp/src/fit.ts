import type { Entry, Shown } from './entries.ts'
import { sixths, weigh } from './tokens.ts'
import { anyNonce } from './untrusted.ts'

/** What a reply says around its entries, at its longest. */
export interface Frame {
  readonly text: string
  readonly data: Readonly<Record<string, unknown>>
}

/** What a thing weighs in a reply: as text, and as data. */
export const weightOf = ({ text, data }: Shown): number =>
  weigh(`${text(anyNonce)}\n`) + weigh(`${JSON.stringify(data)},`)

/** What is left of a budget around a frame. */
export const roomIn = (maxTokens: number, { text, data }: Frame): number =>
  sixths(maxTokens) - weigh(text) - weigh(JSON.stringify(data))

/**
 * The entries that fit, from the first on: text and data together cost no more than `room` (sixths of a token). The first one is cut where
 * it does not fit whole, so that whoever reads on always comes further.
 */
export function fit(entries: readonly Entry[], room: number): Shown[] {
  const shown: Shown[] = []
  let left = room
  for (const entry of entries) {
    const whole = entry.show(entry.body.length)
    const weight = weightOf(whole)
    if (weight > left) {
      if (shown.length === 0) shown.push(cutTo(entry, left))
      break
    }
    left -= weight
    shown.push(whole)
  }
  return shown
}

/** As much of an entry as fits. */
export function cutTo(entry: Entry, room: number): Shown {
  let [least, most] = [0, entry.body.length]
  while (least < most) {
    const middle = Math.ceil((least + most) / 2)
    if (weightOf(entry.show(middle)) <= room) least = middle
    else most = middle - 1
  }
  return entry.show(least)
}
