export { type Authored, authorOf, type Claims } from './authorship.ts'
export { findId, type IdRow } from './messages.sql.ts'
export type { Admit } from './post-message.ts'
