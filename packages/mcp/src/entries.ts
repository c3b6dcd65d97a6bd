import { beginning, visible } from './clean.ts'
import type { Said, Whispered } from './door.ts'
import { fence, type Nonce } from './untrusted.ts'

/** One thing in a reply, for models and for programs. */
export interface Shown {
  text(nonce: Nonce): string
  readonly data: Readonly<Record<string, unknown>>
}

/** Something that may be shown whole, or with the beginning of what it says. */
export interface Entry {
  /** What others wrote in it. */
  readonly body: string
  /** `length`: characters of the body. */
  show(length: number): Shown
}

const time = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`

/** What is left of a body, and the mark that it was cut. */
function cutTo(body: string, length: number): { said: string; cut: { cut?: true } } {
  return length >= body.length ? { said: body, cut: {} } : { said: beginning(body, length), cut: { cut: true } }
}

/** A message of a room. `where`: what its room is called, and in `data` its room too, where messages of several come together. */
export function messageEntry(
  message: Said & { readonly author?: { readonly name?: string } },
  where: { readonly room_name?: string; readonly room?: true } = {},
): Entry {
  const { id, seq, room, from, proof, type, pid, ts, body, author } = message
  const name = author?.name === undefined ? {} : { untrusted_name: visible(author.name) }
  const place = where.room_name === undefined ? {} : { untrusted_room_name: visible(where.room_name) }
  return {
    body,
    show(length) {
      const { said, cut } = cutTo(body, length)
      const kind = type === 'text' ? {} : { type }
      const answers = pid === undefined ? {} : { pid }
      const attributes = {
        author: from,
        ...name,
        proof,
        room,
        ...place,
        seq,
        id,
        ...kind,
        ...answers,
        at: time(ts),
        ...(cut.cut ? { cut: `${length} of ${body.length} characters` } : {}),
      }
      return {
        text: (nonce) => fence('message', nonce, attributes, said),
        data: {
          id,
          seq,
          ...(where.room ? { room, ...place } : {}),
          from,
          ...name,
          proof,
          ...kind,
          ...answers,
          ts,
          untrusted_body: visible(said),
          ...cut,
        },
      }
    },
  }
}

/** A direct message. */
export function dmEntry({ id, from, to, proof, sent, ts, text, error }: Whispered): Entry {
  const body = text ?? ''
  return {
    body,
    show(length) {
      const { said, cut } = cutTo(body, length)
      const why = error ?? (sent ? 'only its recipient can read it' : 'unreadable')
      const unread: { unread?: string } = text === undefined ? { unread: why } : {}
      return {
        text: (nonce) =>
          fence('dm', nonce, { author: from, proof, to, id, ts, at: time(ts), ...unread, cut: cut.cut && 'yes' }, said),
        data: { id, from, to, proof, ts, ...unread, untrusted_body: visible(said), ...cut },
      }
    },
  }
}

/** Members of facts that an agent, or the owner of a room, writes as it likes. */
const written = /^(name|description|homepage|status|note)$/

/** Anything else that others had a hand in: its members as JSON, each text cut alike where it does not fit whole. */
export function factsEntry(what: string, facts: Readonly<Record<string, unknown>>): Entry {
  return {
    body: longest(facts),
    show(length) {
      const data = shorten(facts, Math.max(length, idLength)) as Readonly<Record<string, unknown>>
      return { text: (nonce) => fence(what, nonce, {}, JSON.stringify(data)), data }
    },
  }
}

/** Texts up to this are ids and words of the protocol, and stay whole. */
const idLength = 60

/** The longest text in a value. */
function longest(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null) return ''
  return Object.values(value)
    .map(longest)
    .reduce((a, b) => (b.length > a.length ? b : a), '')
}

/** A value whose texts have at most so many characters, and whose members are called untrusted where others wrote them. */
function shorten(value: unknown, length: number): unknown {
  if (typeof value === 'string') return visible(value.length > length ? `${beginning(value, length)}…` : value)
  if (Array.isArray(value)) return value.map((one) => shorten(one, length))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [written.test(name) ? `untrusted_${name}` : name, shorten(one, length)]),
  )
}
