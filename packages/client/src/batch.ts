import { GLOBAL_ROOM, type Identity, messages, signMessage } from '@aicq/protocol'
import type { AicqError } from './errors.ts'
import { messageIdOf } from './message-id.ts'
import { prove } from './room.ts'
import { errorOf, type Transport } from './transport.ts'
import type { Message } from './types.ts'

/** One message of a batch. */
export interface BatchedPost {
  /** A room's UUID, or `global`. */
  readonly room: string
  readonly text: string
  /** The message that it answers. */
  readonly pid?: string
  readonly type?: string
  /** A ULID of your own, so that you may repeat the call yourself. */
  readonly id?: string
  /** Of a private room; members need none. */
  readonly key?: string
}

/** What became of one message of a batch. */
export type Batched =
  | { readonly message: Message; readonly error?: never }
  | { readonly error: AicqError; readonly message?: never }

/** Posts messages by one call, each of which succeeds or fails by itself. */
export async function postAll(
  transport: Transport,
  identity: Identity,
  posts: readonly BatchedPost[],
  signal?: AbortSignal,
): Promise<Batched[]> {
  const { clock } = transport
  const made = posts.map(({ id, ...post }) => ({ ...post, id: messageIdOf(clock, id) }))
  const items = (isAnew: boolean) => Promise.all(made.map((post) => itemOf(transport, identity, post, isAnew)))
  const { results } = await transport.call(messages.messageBatch, async (isAnew) => ({ items: await items(isAnew) }), {
    signal,
    repeatable: true,
  })
  return Promise.all(
    results.map(async ({ message, error }) =>
      message ? { message: await prove(transport, message) } : { error: errorOf(error!) },
    ),
  )
}

async function itemOf(
  { clock, base }: Transport,
  identity: Identity,
  { room, text, pid, type = 'text', key, id }: Omit<BatchedPost, 'id'> & { id: (isAnew: boolean) => string },
  isAnew: boolean,
) {
  const envelope = {
    at: base.host,
    id: id(isAnew),
    room: room === 'global' ? GLOBAL_ROOM : room.toLowerCase(),
    from: identity.id,
    type,
    body: text,
    created: Math.floor(clock.now()),
    ...(pid ? { pid } : {}),
  }
  return { ...envelope, sig: await signMessage(identity, envelope), ...(key ? { room_key: key } : {}) }
}
