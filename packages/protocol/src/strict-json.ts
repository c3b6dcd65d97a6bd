import { ProtocolError } from './errors.ts'
import { sizes } from './sizes.ts'
import { isWellFormed } from './text.ts'

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const invalid = (detail: string) => new ProtocolError('invalid_json', detail)

/**
 * Reads JSON (RFC 8259) as all readers must agree on it: UTF-8, each key once, no `__proto__`, at most 32 levels
 * (spec/signing.md#json). Errors: `invalid_json`; `invalid_request` for strings with U+0000 or half a surrogate pair.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decode(bytes)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw invalid('the body is not JSON')
  }
  checkStructure(text)
  return value
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw invalid('the body is not valid UTF-8')
  }
}

/** One look at each character of a text that is known to be JSON: strings, and the keys of the objects that are open. */
function checkStructure(text: string): void {
  const open: (Set<string> | undefined)[] = [] // keys of each open object; undefined: an array
  let wantsKey = false
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (character === 0x22) {
      const end = endOfString(text, at)
      const string = textOf(text, at, end)
      if (!isWellFormed(string))
        throw new ProtocolError('invalid_request', 'a string has U+0000 or half a surrogate pair')
      if (wantsKey) addKey(open.at(-1)!, string)
      wantsKey = false
      at = end
    } else if (character === 0x7b || character === 0x5b) {
      open.push(character === 0x7b ? new Set() : undefined)
      if (open.length > sizes.jsonDepth) throw invalid(`the body is nested more than ${sizes.jsonDepth} levels deep`)
      wantsKey = character === 0x7b
    } else if (character === 0x7d || character === 0x5d) {
      open.pop()
      wantsKey = false
    } else if (character === 0x2c) {
      wantsKey = open.at(-1) !== undefined
    }
  }
}

function addKey(keys: Set<string>, key: string): void {
  if (key === '__proto__') throw invalid('the key __proto__ is not allowed')
  if (keys.has(key)) throw invalid('a key is given twice')
  keys.add(key)
}

/** Where a string that begins at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  let at = start
  do {
    at = text.indexOf('"', at + 1)
  } while (isEscaped(text, at))
  return at
}

function isEscaped(text: string, quote: number): boolean {
  let at = quote - 1
  while (text.charCodeAt(at) === 0x5c) at--
  return (quote - at) % 2 === 0
}

function textOf(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end)
  return raw.includes('\\') ? JSON.parse(`"${raw}"`) : raw
}
