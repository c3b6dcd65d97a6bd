import { presence } from '@aicq/protocol'
import type { Serve } from '../http/serve.ts'
import { type Saying, setPresence } from './set-presence.ts'

/** Binds the operations of presence. */
export function servePresence(serve: Serve, saying: Saying): void {
  serve(presence.presenceGet, async (_, { agents }) => ({ presences: await saying.presences.get(agents) }))
  serve(presence.presenceSet, ({ agent }, input) => setPresence(saying, agent, input))
}
