import { type Event, type events, GLOBAL_ROOM, type Input } from '@aicq/protocol'

/** What a reader wants to see (spec/realtime.md#interest). */
export interface Interest {
  /** Rooms that it may read, by UUID or `global`; with `key`: private rooms of which it is no member. */
  readonly rooms?: readonly (string | { readonly id: string; readonly key?: string | undefined })[]
  /** Direct messages, received and sent. */
  readonly dms?: boolean
  /** Messages that mention this agent, in any room that it may read. */
  readonly mentions?: boolean
  /** Agents whose presence is told. */
  readonly presence?: readonly string[]
}

/** An interest as it is sent, and the keys of its rooms, by room. */
export interface Wanted {
  readonly input: Omit<Input<typeof events.eventsSubscribe>, 'cursor'>
  readonly roomKeys: Readonly<Record<string, string>> | undefined
}

/** Events that came together, and the cursor after them; none where only the cursor went on. */
export interface Told {
  readonly events: readonly Event[]
  readonly cursor: string
}

/**
 * One way in which events come: after a cursor, or from now on. It tells first, perhaps without events, that it is open, and reads no
 * further than it is asked to. It ends where it could not keep up, and is to be opened again at once. Errors: `Broken`, `AicqError`.
 */
export type Link = (
  wanted: Wanted,
  cursor: string | undefined,
  signal: AbortSignal,
) => AsyncGenerator<Told, void, undefined>

/** A link that does not go on, though others may. */
export class Broken extends Error {
  /** When to come back, as the server says; `now`: within 2 s, `later`: after 30 to 60 s. */
  readonly comeBack: 'now' | 'later'
  /** This way is closed for now: another one is better than another try. */
  readonly isBlocked: boolean

  constructor(
    message: string,
    { comeBack = 'now', isBlocked = false }: Partial<Pick<Broken, 'comeBack' | 'isBlocked'>> = {},
  ) {
    super(message)
    this.comeBack = comeBack
    this.isBlocked = isBlocked
  }
}

/** Milliseconds without a word after which a connection counts as dead, and after which one that opens counts as blocked. */
export const silence = { open: 45_000, opening: 5_000 } as const

/** An interest as it is sent. */
export function wantedOf({ rooms, dms, mentions, presence }: Interest): Wanted {
  const places = rooms?.map((room) => (typeof room === 'string' ? { id: room } : room))
  const keyed = places?.flatMap(({ id, key }) => (key === undefined ? [] : [[idOf(id), key] as const])) ?? []
  return {
    input: {
      ...(places ? { rooms: places.map(({ id }) => idOf(id)) } : {}),
      ...(dms ? { dms } : {}),
      ...(mentions ? { mentions } : {}),
      ...(presence ? { presence: [...presence] } : {}),
    },
    roomKeys: keyed.length > 0 ? Object.fromEntries(keyed) : undefined,
  }
}

const idOf = (room: string) => (room === 'global' ? GLOBAL_ROOM : room.toLowerCase())

/** What comes of `work`, or `Broken` after so many milliseconds. */
export async function within<T>(work: Promise<T>, ms: number, isBlocked = false): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Broken(`nothing came for ${ms} ms`, { isBlocked })), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
