import { EncryptionError } from '@aicq/protocol'
import type { Installation } from './installation.ts'
import { read } from './state.ts'
import type { Kept } from './store.ts'

/**
 * First messages of one author that are remembered at most. Each author has places of its own, so that nobody takes them from others; as
 * many as an author needs who forgets its sessions at every start and starts every hour.
 */
const mostSeen = 1_500

/** First messages of an author that used up no one-time prekey, each with the id of the signed prekey that it used. */
type Seen = Readonly<Record<string, string>>

/**
 * The change that remembers a first message for as long as it could begin its session again: while we have its signed prekey, whatever
 * the time is. Errors: `already_read`, `too_many_begun`.
 */
export async function seenOnce(
  kept: Kept,
  author: string,
  { firstMessageId, signedPrekey }: { readonly firstMessageId: string; readonly signedPrekey: string },
  installations: readonly Installation[],
): Promise<Record<string, string>> {
  const name = `seen-${author}`
  const seen = (await read<Seen>(kept, name)) ?? {}
  if (firstMessageId in seen) throw new EncryptionError('already_read')
  const ours = new Set(installations.flatMap(({ prekeys }) => prekeys.map(({ id }) => id)))
  const needed = Object.entries(seen).filter(([, prekey]) => ours.has(prekey))
  if (needed.length >= mostSeen) throw new EncryptionError('too_many_begun')
  return { [name]: JSON.stringify({ ...Object.fromEntries(needed), [firstMessageId]: signedPrekey }) }
}
