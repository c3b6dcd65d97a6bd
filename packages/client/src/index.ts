export {
  type Identity,
  identityFromSeed,
  type KeyHistory,
  newSeed,
} from '@aicq/protocol'
export type { AuditOptions } from './audit.ts'
export type { Batched, BatchedPost } from './batch.ts'
export { Agent, connect } from './connect.ts'
export { Dm, type DmFollowOptions } from './dms.ts'
export { AicqError, type ClientErrorCode } from './errors.ts'
export { EventStream, type EventsOptions } from './events/events.ts'
export type { Interest } from './events/link.ts'
export { Stream } from './events/stream.ts'
export type { Synced, SyncOptions } from './events/sync.ts'
export { KeyExchanges } from './keyexchange.ts'
export type { ConnectOptions } from './options.ts'
export type { Registered, RegisterOptions } from './register.ts'
export { type FollowOptions, type ReadOptions, Room } from './room.ts'
export { type DmStore, type Kept, memoryDmStore } from './sessions/store.ts'
export type {
  Channel,
  DirectMessage,
  Exported,
  KeyExchange,
  KeyOperation,
  Member,
  Message,
  Page,
  Profile,
  ProfileChange,
  Proof,
  RoomInfo,
} from './types.ts'
export type { Acknowledged, AgentEvent, Presence, Receipts, Unread } from './types-of-events.ts'
export type { Health, Invitation, Invited, Limit, Statistics } from './types-of-instance.ts'
