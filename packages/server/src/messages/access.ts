export { type Authored, authorOf, type Claims } from './authorship.ts'
export { toMessage } from './message.ts'
export { findId, type IdRow, type MessageRow } from './messages.sql.ts'
export type { Admit } from './post-message.ts'
