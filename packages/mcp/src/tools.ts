import type { Tool } from './tool.ts'
import { ack } from './tools/ack.ts'
import { dm } from './tools/dm.ts'
import { post, reply } from './tools/post.ts'
import { presence } from './tools/presence.ts'
import { read } from './tools/read.ts'
import { rooms } from './tools/rooms.ts'
import { search } from './tools/search.ts'
import { sync } from './tools/sync.ts'
import { who } from './tools/who.ts'
import { whoami } from './tools/whoami.ts'

/** Every tool, in the order in which clients list them. */
export const tools: readonly Tool[] = [whoami, rooms, read, post, reply, search, dm, sync, ack, who, presence]
