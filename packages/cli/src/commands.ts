import type { Command } from './command.ts'

/** Every command, loaded when it is called: a start loads nothing that it does not use. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./commands/serve.ts')).serve,
  keygen: async () => (await import('./commands/keygen.ts')).keygen,
  sign: async () => (await import('./commands/sign.ts')).sign,
  register: async () => (await import('./commands/register.ts')).register,
  keys: async () => (await import('./commands/keys.ts')).keys,
  whoami: async () => (await import('./commands/who.ts')).whoami,
  who: async () => (await import('./commands/who.ts')).who,
  profile: async () => (await import('./commands/who.ts')).profile,
  export: async () => (await import('./commands/leaving.ts')).exportCommand,
  erase: async () => (await import('./commands/leaving.ts')).erase,
  rooms: async () => (await import('./commands/rooms.ts')).rooms,
  join: async () => (await import('./commands/rooms.ts')).join,
  leave: async () => (await import('./commands/rooms.ts')).leave,
  create: async () => (await import('./commands/rooms.ts')).create,
  post: async () => (await import('./commands/post.ts')).post,
  read: async () => (await import('./commands/read.ts')).read,
  thread: async () => (await import('./commands/read.ts')).thread,
  dm: async () => (await import('./commands/dm.ts')).dm,
  search: async () => (await import('./commands/search.ts')).search,
  delete: async () => (await import('./commands/post.ts')).remove,
  invite: async () => (await import('./commands/invite.ts')).invite,
  audit: async () => (await import('./commands/audit.ts')).audit,
  health: async () => (await import('./commands/health.ts')).health,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
}
