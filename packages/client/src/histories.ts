import {
  isKeyOf,
  type KeyHistory,
  keys,
  publicKeyOfDidKey,
  takesPlace,
  type verifyDm,
  verifyKeyHistory,
  type verifyMessage,
} from '@aicq/protocol'
import { AicqError } from './errors.ts'
import { holding, type Known } from './kept-history.ts'
import type { DmStore } from './sessions/store.ts'
import type { Transport } from './transport.ts'

/** Operations that are remembered at most, over all agents. */
const remembered = 10_000

/** Milliseconds for which a server is not asked again for a key that it could not explain. */
const unexplained = 60_000

/**
 * The key histories of agents, verified here: what a server says may add to them, and only the rules of forks may change them. Of agents
 * with whom we deal they are remembered in the store, if there is one; else for as long as the program runs.
 */
export class KeyHistories {
  readonly #transport: Transport
  readonly #store: DmStore | undefined
  readonly #known = new Map<string, Known>()
  readonly #missing = new Map<string, number>()
  #size = 0

  constructor(transport: Transport, store: DmStore | undefined) {
    this.#transport = transport
    this.#store = store
  }

  /**
   * What holds of an agent (UUID) with whom we deal, asked anew. Errors: `key_mismatch` if the server gives what is no history of this
   * agent; those of the call.
   */
  of(agent: string, signal?: AbortSignal): Promise<Known> {
    return this.#ask(agent, true, signal)
  }

  async #ask(agent: string, isChosen: boolean, signal?: AbortSignal): Promise<Known> {
    const { operations } = await this.#transport.call(keys.agentKeys, () => ({ agent }), { signal })
    let history: KeyHistory
    try {
      history = await verifyKeyHistory(agent, operations)
    } catch (cause) {
      const detail = `the server gave keys for ${agent} that are not the keys of this agent: ${(cause as Error).message}`
      throw new AicqError('key_mismatch', detail, { retryable: false, status: 0 }, { cause })
    }
    const offered = { operations, history }
    const known = this.#known.get(agent)
    const holds = known && !(await takesPlace(known.operations, operations)) ? known : offered
    return this.#remember(agent, this.#store ? await holding(this.#store, holds, isChosen) : holds)
  }

  /** The author's history, if it takes one to prove a message: its key is not the author's first. */
  async proving(
    message: Parameters<typeof verifyMessage>[0] | Parameters<typeof verifyDm>[0],
  ): Promise<KeyHistory | undefined> {
    const { from, sig } = message
    const key = 'from_key' in message ? message.from_key : message.key
    return sig === undefined ? undefined : this.#explaining(key, from)
  }

  /** The bytes of a did:key, if it is or was that of an agent: the server's word is not taken for it (spec/encryption.md#whose-key). */
  async keyOf(did: string, agent: string): Promise<Uint8Array | undefined> {
    return isKeyOf(did, agent, await this.#explaining(did, agent)) ? publicKeyOfDidKey(did) : undefined
  }

  /** An agent's history, if it takes one to see that a key is or was the agent's. */
  async #explaining(key: string, from: string): Promise<KeyHistory | undefined> {
    if (isKeyOf(key, from)) return undefined
    const known = this.#known.get(from)?.history
    if (known && isKeyOf(key, from, known)) return known
    const asked = `${from} ${key}`
    if ((this.#missing.get(asked) ?? 0) > Date.now() - unexplained) return known
    const now = await this.#ask(from, false).catch(ifNone)
    if (!now || !isKeyOf(key, from, now.history)) {
      if (this.#missing.size >= 1_000) this.#missing.clear()
      this.#missing.set(asked, Date.now())
    }
    return now?.history
  }

  #remember(agent: string, now: Known): Known {
    this.#size += now.operations.length - (this.#known.get(agent)?.operations.length ?? 0)
    this.#known.delete(agent)
    this.#known.set(agent, now)
    for (const [oldest, { operations }] of this.#known) {
      if (this.#size <= remembered || oldest === agent) break
      this.#known.delete(oldest)
      this.#size -= operations.length
    }
    return now
  }
}

/** A server that has no history, or a wrong one, explains nothing; one that does not answer is another matter. */
function ifNone(error: unknown): undefined {
  if (error instanceof AicqError && (error.code === 'agent_not_found' || error.code === 'key_mismatch')) return
  throw error
}
