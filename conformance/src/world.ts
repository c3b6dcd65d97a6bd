import { setTimeout as sleep } from 'node:timers/promises'
import { NotBound, Unmet } from './check.ts'
import { answered } from './expect.ts'
import { refusals } from './refusals.ts'
import { openStream, type Stream } from './wire/event-stream.ts'
import { type Answer, type Sending, send } from './wire/http.ts'
import { newName, newRoomKey, ulid } from './wire/ids.ts'
import { type Agent, newAgent } from './wire/keys.ts'
import { ownEvents } from './wire/own-events.ts'
import { solve } from './wire/proof-of-work.ts'
import { type Opening, openSocket, type Socket, sessionOf } from './wire/socket.ts'

// biome-ignore lint/suspicious/noExplicitAny: a check reads whatever came
type Json = any

/** A server that is judged, and what checks need to do there. Agents and rooms are new for each check. */
export class World {
  readonly url: string
  /** Host and port, as clients name the server. */
  readonly authority: string
  /** How far the server's clock is ahead of this one, in milliseconds. */
  readonly ahead: number
  /** Agents that are registered there, to be erased at the end. */
  readonly agents: Agent[] = []
  /** Once the server has said that it does not let itself be judged: a sentence for people. */
  refusal: string | undefined
  /** How often in a run a server may say that it is too busy, and be asked again a second later. */
  #patience = 60

  constructor(url: string, ahead = 0) {
    this.url = url.replace(/\/+$/, '')
    this.authority = new URL(url).host
    this.ahead = ahead
  }

  /** The server's time, in milliseconds. */
  readonly now = (): number => Date.now() + this.ahead

  readonly id = (offset = 0): string => ulid(this.now() + offset)

  /**
   * Sends a request written as `GET /v1/me`, as exactly that; signed where `as` says by whom. A server that is too busy just now is
   * asked again, with another nonce: that breaks no rule.
   */
  async ask(line: string, options: Sending = {}): Promise<Answer> {
    for (let tries = options.nonce === undefined ? 12 : 1; ; tries--) {
      const answer = await send(this.url, line, { now: this.now(), ...options })
      const why = refusals[answer.body?.code]
      if (why) this.refusal = `${this.url} ${why}`
      if (answer.body?.code !== 'unavailable' || tries === 1 || this.#patience === 0) return answer
      this.#patience--
      await sleep(1_000)
    }
  }

  /**
   * Asks by a clock that is wrong by so many milliseconds; again, where the answer took so long that nobody knows what the server's clock
   * said when it looked.
   */
  async askAt(offset: number, line: string, options: Sending): Promise<Answer> {
    for (let tries = 10; ; tries--) {
      const began = performance.now()
      const answer = await this.ask(line, { ...options, now: this.now() + offset })
      if (performance.now() - began < 2_000 || tries === 1) return answer
    }
  }

  /** Registers a key, its own proof of work done if the server wants one. */
  async register(agent: Agent, said: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    const body = { public_key: agent.publicKey.toString('base64'), ...said }
    const options = { as: agent, keyid: agent.did }
    const answer = await this.ask('POST /v1/register', { body, ...options })
    const pow = answer.body?.pow
    return answer.body?.code !== 'pow_required' || said.pow
      ? answer
      : this.register(agent, { ...said, pow: solve(pow) })
  }

  /** A new agent that is registered. */
  async agent(said: Readonly<Record<string, unknown>> = {}): Promise<Agent> {
    const agent = newAgent()
    answered(await this.register(agent, said), 201)
    this.agents.push(agent)
    return agent
  }

  /** So many new agents. */
  someAgents(count: 2): Promise<[Agent, Agent]>
  someAgents(count: 3): Promise<[Agent, Agent, Agent]>
  someAgents(count: number): Promise<Agent[]>
  someAgents(count: number): Promise<Agent[]> {
    return Promise.all(Array.from({ length: count }, () => this.agent()))
  }

  /** A new public room: its id. */
  async room(owner: Agent): Promise<string> {
    return answered(await this.ask('POST /v1/room', { as: owner, body: { name: newName('room') } }), 201).id
  }

  /** A new agent and a public room of its own. */
  async agentWithRoom(): Promise<{ as: Agent; room: string }> {
    const as = await this.agent()
    return { as, room: await this.room(as) }
  }

  /** Joins a room, a private one by its key. */
  join(as: Agent, room: string, key?: string): Promise<Answer> {
    return this.ask(`POST /v1/room/${room}/join`, { as, headers: { 'X-AICQ-Room-Key': key } })
  }

  /** A new private room. */
  async privateRoom(owner: Agent): Promise<{ id: string; key: string; name: string }> {
    const [key, name] = [newRoomKey(), newName('private')]
    const body = { name, is_private: true, key }
    return { id: answered(await this.ask('POST /v1/room', { as: owner, body }), 201).id, key, name }
  }

  /** Posts a text, or what else a post carries: the message. */
  async post(as: Agent, room: string, said: string | Readonly<Record<string, unknown>> = 'hello'): Promise<Json> {
    const body = typeof said === 'string' ? { body: said } : said
    return answered(await this.ask(`POST /v1/room/${room}`, { as, body }), 201)
  }

  /** Posts texts, one after another. */
  async posts(as: Agent, room: string, ...texts: readonly string[]): Promise<Json[]> {
    const messages = []
    for (const text of texts) messages.push(await this.post(as, room, text))
    return messages
  }

  /** What a sync says, but for erasures. `query`: such as `rooms=…&wait=5`. */
  async sync(as: Agent, query: string, headers: Readonly<Record<string, string>> = {}): Promise<Json> {
    const reply = answered(await this.ask(`GET /v1/sync${query && `?${query}`}`, { as, headers }), 200)
    return { ...reply, events: ownEvents(reply.events) }
  }

  /** All that a reader is told by sync of what happened after a cursor, but for erasures. */
  async since(as: Agent, cursor: string, query = ''): Promise<Json[]> {
    const events: Json[] = []
    for (let at = cursor, more = true; more; ) {
      const reply = await this.sync(as, `${query && `${query}&`}limit=500&cursor=${encodeURIComponent(at)}`)
      events.push(...reply.events)
      at = reply.cursor
      more = reply.has_more
    }
    return events
  }

  stream(query: string, options: Sending = {}): Promise<Stream> {
    return openStream(this.url, `GET /v1/stream${query && `?${query}`}`, { now: this.now(), ...options })
  }

  /** A socket that is open; signed where `as` says by whom. */
  async socket(options: Opening = {}): Promise<Socket> {
    const opened = await openSocket(this.url, { now: this.now(), ...options })
    if ('status' in opened) throw new Unmet('101', `${opened.status} ${opened.body?.code ?? opened.body}`)
    return opened
  }

  /** Says on a socket who is there, as an agent should: what came back. */
  async authenticate(socket: Socket, as: Agent, agent = as.id): Promise<Json> {
    const { params } = await this.soon('a session.challenge', () =>
      socket.notifications.find(({ method }) => method === 'session.challenge'),
    )
    return socket.call('session.authenticate', sessionOf(as, params.challenge, this.authority, this.now(), agent))
  }

  /** Waits for something to come about, for `patience` milliseconds at most. `what`: how it is called in the report. */
  async soon<T>(
    what: string,
    probe: () => T | undefined | false | Promise<T | undefined | false>,
    patience = 30_000,
  ): Promise<T> {
    const until = performance.now() + patience
    while (true) {
      const found = await probe()
      if (found) return found
      if (performance.now() > until) throw new Unmet(`${what} within ${patience / 1000} s`, 'nothing')
      await sleep(20)
    }
  }

  /** Waits for so many milliseconds: to see that nothing comes, or how long something may take. */
  later(milliseconds: number): Promise<'nothing came'> {
    return sleep(milliseconds, 'nothing came' as const)
  }

  /** Says that a rule does not bind this server. */
  notBound(reason: string): never {
    throw new NotBound(reason)
  }

  /** Erases what the suite has left, as far as that goes within so many milliseconds. */
  async leave(patience = 15_000): Promise<void> {
    const left = [...this.agents]
    const signal = AbortSignal.timeout(patience)
    const erase = async () => {
      for (let agent = left.pop(); agent && !signal.aborted; agent = left.pop())
        await this.ask(`DELETE /v1/agent/${agent.id}`, { as: agent, signal }).catch(() => undefined)
    }
    await Promise.all(Array.from({ length: 6 }, erase))
  }
}
