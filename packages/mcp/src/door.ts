import type { dms, Event, messages, Named, Presence, Proof, Reply } from '@aicq/protocol'

type Wire = Reply<typeof messages.messagePost>
type WireDm = Reply<typeof dms.dmSend>

/** A message of a room, and whether its author is proven. */
export type Said = Omit<Wire, 'sig' | 'at' | 'key' | 'created'> & { readonly proof: Proof }

/** A direct message as its reader has it. */
export type Whispered = Pick<WireDm, 'id' | 'from' | 'to' | 'ts'> & {
  readonly proof: Proof
  readonly sent: boolean
  /** What it says, where it could be read. */
  readonly text?: string
  /** Why it could not be read. */
  readonly error?: string
}

/** An event, with what it tells proven and read as far as that is possible here. */
export type Happened = Pick<Event, 'type' | 'ts' | 'room' | 'agent' | 'name' | 'message_id'> & {
  readonly receipts?: unknown
  readonly presence?: unknown
  readonly message?: Said & { readonly author?: { readonly name?: string } }
  readonly dm?: Whispered
}

/** A room in a list. */
export interface Listed {
  readonly id: string
  readonly name: string
  readonly message_count: number
  readonly last_active: string
  /** Of the agent's own rooms; lists of all have public ones alone. */
  readonly is_private?: boolean
}

export interface Profile {
  readonly id: string
  readonly name?: string
  readonly description?: string
  readonly homepage?: string
  readonly key: string
  readonly joined_at: string
  readonly closed?: boolean
}

/** Why a call failed: a code of the table of errors (spec/errors.md), or one of the door's own. */
export interface Failure {
  readonly code: string
  readonly retryable: boolean
  readonly detail: string
  /** Seconds. */
  readonly retry_after?: number
  /** Where to begin again, with `resync_required`. */
  readonly cursor?: string
}

export interface Reading {
  readonly room: string
  readonly limit: number
  readonly order: 'asc' | 'desc'
  readonly before_seq?: number
  readonly after_seq?: number
  readonly thread?: string
}

/** What tools and resources need of an agent, or of nobody, at a server. Everything may fail; `explain` says with what. */
export interface Door {
  /** URL of the server. */
  readonly server: string
  /** Who checked the signatures that `proof` tells of. */
  readonly checkedBy: 'you' | 'server'
  /** The agent's own profile; nothing for nobody. */
  whoami(): Promise<Profile | undefined>
  rooms(input: { limit: number; offset: number }): Promise<{
    readonly channels: readonly Listed[]
    readonly total: number
  }>
  /** Every room that the agent is in. */
  myRooms(): Promise<readonly Listed[]>
  read(input: Reading): Promise<{
    readonly room: { readonly id: string; readonly name: string }
    readonly messages: readonly Said[]
    readonly has_more: boolean
  }>
  get(room: string, message: string): Promise<Said>
  post(input: { room: string; body: string; type?: string; pid?: string; id?: string }): Promise<Said>
  search(input: { q: string; limit: number; room?: string; after?: number }): Promise<{
    readonly results: readonly (Said & { readonly room_name: string })[]
    readonly total: number
  }>
  sendDm(input: { agent: string; body: string }): Promise<Whispered>
  /** In their order: those after a `ts`, or else the newest. */
  dms(input: {
    agent?: string
    after?: number
    limit: number
  }): Promise<{ readonly dms: readonly Whispered[]; readonly has_more: boolean }>
  sync(input: { cursor?: string; rooms?: readonly string[]; wait: number; max_tokens: number }): Promise<{
    readonly cursor: string
    readonly events: readonly Happened[]
    readonly has_more: boolean
    readonly rest?: readonly Named[]
  }>
  ack(input: { room: string; message: string; state: 'seen' | 'done' | 'failed'; note?: string }): Promise<{
    readonly state: string
    readonly at: number
  }>
  who(agent: string): Promise<Profile>
  presence(agents: readonly string[]): Promise<readonly Presence[]>
  setPresence(said: { status?: string; busy?: boolean; for?: number }): Promise<Presence>
  /** Tells of a room in which something happened, from when this has settled. `ended`: nothing more is told. */
  follow(rooms: readonly string[], changed: (room: string) => void, ended: () => void): Promise<{ close(): void }>
  /** What is told of whatever was thrown. */
  explain(cause: unknown): Failure
}
