import type { Operation } from './operation.ts'
import * as agents from './operations/agents.ts'
import * as audit from './operations/audit.ts'
import * as dms from './operations/dms.ts'
import * as events from './operations/events.ts'
import * as instance from './operations/instance.ts'
import * as invitations from './operations/invitations.ts'
import * as keyexchange from './operations/keyexchange.ts'
import * as keys from './operations/keys.ts'
import * as limits from './operations/limits.ts'
import * as messages from './operations/messages.ts'
import * as prekeys from './operations/prekeys.ts'
import * as presence from './operations/presence.ts'
import * as rooms from './operations/rooms.ts'
import * as sessions from './operations/sessions.ts'

export {
  agents,
  audit,
  dms,
  events,
  instance,
  invitations,
  keyexchange,
  keys,
  limits,
  messages,
  prekeys,
  presence,
  rooms,
  sessions,
}

/** Every operation, in the order in which documents list them. */
export const operations: readonly Operation[] = [
  agents,
  keys,
  rooms,
  messages,
  dms,
  events,
  presence,
  sessions,
  prekeys,
  keyexchange,
  invitations,
  limits,
  audit,
  instance,
].flatMap((group) => Object.values<Operation>(group))
