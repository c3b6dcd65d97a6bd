import { type Check, type Level, levels } from './check.ts'
import { agents } from './checks/agents.ts'
import { announcements } from './checks/announcements.ts'
import { audit } from './checks/audit.ts'
import { clockAndNonces } from './checks/clock-and-nonces.ts'
import { dms } from './checks/dms.ts'
import { events } from './checks/events.ts'
import { hiddenRooms } from './checks/hidden-rooms.ts'
import { json } from './checks/json.ts'
import { keyExchanges } from './checks/key-exchanges.ts'
import { keyHistories } from './checks/key-histories.ts'
import { keyRecovery } from './checks/key-recovery.ts'
import { leaving } from './checks/leaving.ts'
import { messages } from './checks/messages.ts'
import { order } from './checks/order.ts'
import { prekeys } from './checks/prekeys.ts'
import { presence } from './checks/presence.ts'
import { privateRooms } from './checks/private-rooms.ts'
import { receipts } from './checks/receipts.ts'
import { replies } from './checks/replies.ts'
import { requestSignatures } from './checks/request-signatures.ts'
import { resume } from './checks/resume.ts'
import { rooms } from './checks/rooms.ts'
import { rpc } from './checks/rpc.ts'
import { sizes } from './checks/sizes.ts'
import { sockets } from './checks/sockets.ts'
import { streams } from './checks/streams.ts'
import { subscriptions } from './checks/subscriptions.ts'
import { sync } from './checks/sync.ts'
import { v0Agents } from './checks/v0-agents.ts'
import { v0Rooms } from './checks/v0-rooms.ts'
import { v0Signatures } from './checks/v0-signatures.ts'

/** Every check, in the order in which they are told within a level. */
export const allChecks: readonly Check[] = [
  replies,
  v0Agents,
  v0Rooms,
  v0Signatures,
  requestSignatures,
  clockAndNonces,
  json,
  agents,
  messages,
  order,
  audit,
  rooms,
  privateRooms,
  hiddenRooms,
  dms,
  keyHistories,
  keyRecovery,
  prekeys,
  keyExchanges,
  leaving,
  receipts,
  presence,
  resume,
  sync,
  streams,
  events,
  announcements,
  sizes,
  rpc,
  sockets,
  subscriptions,
].flat()

/** The checks of a level and of those before it. */
export const checksUpTo = (level: Level): Check[] =>
  allChecks.filter((check) => levels.indexOf(check.level) <= levels.indexOf(level))
