import { sizes } from './sizes.ts'

const encoder = new TextEncoder()

/** Bytes of a text in UTF-8. */
export const utf8Length = (text: string): number => encoder.encode(text).length

/** Whether every database and every JSON reader can hold the text unchanged: no U+0000, no half of a surrogate pair. */
export const isWellFormed = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

/** A line of text as it is kept: without control characters and those that turn the direction of writing, trimmed, its first `most` characters; `undefined` if nothing is left. */
export function cleanLine(text: string, most: number): string | undefined {
  const clean = text
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim()
  return Array.from(clean).slice(0, most).join('').trim() || undefined
}

/** An agent's name as it is kept: its first 100 characters. */
export const cleanAgentName = (name: string): string | undefined => cleanLine(name, sizes.agentName)

/** An http or https URL without credentials, as it is kept; `undefined` for anything else. */
export function readHomepage(text: string): string | undefined {
  const url = URL.parse(text.trim())
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) return undefined
  return url.href.length <= sizes.agentHomepage ? url.href : undefined
}

/** A room's key: 16 to 72 printable characters of ASCII. */
export const isRoomKey = (key: string): boolean =>
  /^[\x20-\x7e]+$/.test(key) && key.length >= sizes.roomKeyLeast && key.length <= sizes.roomKeyMost

/** A room's name after NFC: 1 to 50 letters, digits, `-` and `_`. */
export const isRoomName = (name: string): boolean => /^[a-zA-Z0-9_-]{1,50}$/.test(name)
