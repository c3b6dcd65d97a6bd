import { signMessage } from '../wire/envelopes.ts'
import type { Agent } from '../wire/keys.ts'
import type { World } from '../world.ts'

/** A message that its author has signed, as a post carries it. */
export function signedMessage(
  world: World,
  author: Agent,
  room: string,
  changes: Readonly<Record<string, unknown>> = {},
) {
  const said = {
    at: world.authority,
    id: world.id(),
    from: author.id,
    body: 'signed',
    created: world.now(),
    ...changes,
  }
  return { ...said, sig: signMessage(author, { type: 'text', ...said, room }) }
}
