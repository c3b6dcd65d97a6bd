import type { Identity } from '@aicq/protocol'
import type { Transport } from '../transport.ts'
import { bySocket } from './by-socket.ts'
import { byStream } from './by-stream.ts'
import { bySync } from './by-sync.ts'
import type { Link } from './link.ts'

/** How events reach an agent, the best way first, until it is closed. */
export interface Ways {
  readonly links: readonly Link[]
  readonly closing: AbortSignal
}

/** Every way that there is here; who has no identity cannot ask for what is new by long poll. */
export function waysOf(transport: Transport, identity: Identity | undefined, closing: AbortSignal): Ways {
  const socket = typeof WebSocket === 'undefined' ? [] : [bySocket(transport, identity)]
  return { links: [...socket, byStream(transport), ...(identity ? [bySync(transport)] : [])], closing }
}
