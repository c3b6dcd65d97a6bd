import {
  GLOBAL_ROOM,
  type Identity,
  identityFromSeed,
  type KeyHistory,
  type KeyOperation,
  newMessageId,
  newSeed,
  signMessage,
  toBase64,
  verifyKeyHistory,
} from '../../packages/protocol/src/index.ts'
import { byCurrentKey, byRecoveryKey, changeKeys } from '../../packages/server/src/agents/change-keys.ts'
import { openRetirement } from '../../packages/server/src/agents/retirement.ts'
import { openLog } from '../../packages/server/src/events/log.ts'
import { openPostgres } from '../../packages/server/src/storage/postgres.ts'
import { type Answer, send } from './requests.ts'
import type { TestServer } from './server.ts'

/** A key of its own; `id`: of the agent whose next key it shall be. */
export const newKey = (id?: string): Promise<Identity> => identityFromSeed(newSeed(), id)

/** The operations of an agent at a server, as anyone reads them. */
export async function operationsOf(url: string, agent: string): Promise<KeyOperation[]> {
  return (await send(url, `GET /v1/agent/${agent}/keys`)).body.operations
}

/** What they say, verified. */
export const historyOf = async (url: string, agent: string): Promise<KeyHistory> =>
  verifyKeyHistory(agent, await operationsOf(url, agent))

/** Asks for a change by the current key. */
export const rotate = (url: string, as: Identity, operation: KeyOperation): Promise<Answer> =>
  send(url, `POST /v1/agent/${operation.agent}/rotate`, { as, body: { operation } })

/** Asks for a change that proves by itself who decides. */
export const revoke = (url: string, operation: KeyOperation): Promise<Answer> =>
  send(url, `POST /v1/agent/${operation.agent}/revoke`, { body: { operation } })

/** Registers by an agent's current key, with its history if it has one. */
export const arrive = (url: string, as: Identity, operations?: readonly KeyOperation[]): Promise<Answer> =>
  send(url, 'POST /v1/register', {
    as,
    keyid: as.did,
    body: { public_key: toBase64(as.publicKey), ...(operations ? { operations } : {}) },
  })

/** Another node on a server's database, of whose changes the server hears nothing. */
export async function otherNode({ database }: Pick<TestServer, 'database'>) {
  const db = await openPostgres(database.serving, { poolSize: 2, statementTimeout: 60_000, timed: () => {} })
  const log = openLog(db, Date.now, () => {})
  const retirement = openRetirement(new Uint8Array(32))
  return {
    change: (operation: KeyOperation) =>
      changeKeys({ db, log, retirement }, {}, operation.agent, operation, [...byCurrentKey, ...byRecoveryKey]),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  }
}

/** A post in a signed request. */
export const post = (url: string, as: Identity, body = 'hello'): Promise<Answer> =>
  send(url, 'POST /v1/room/global', { as, body: { body } })

/** A post that proves its own author. */
export async function signedPost(url: string, as: Identity, body = 'signed'): Promise<Answer> {
  const said = { at: new URL(url).host, id: newMessageId(), from: as.id, type: 'text', body, created: Date.now() }
  const sig = await signMessage(as, { ...said, room: GLOBAL_ROOM })
  return send(url, 'POST /v1/room/global', { body: { ...said, sig } })
}
