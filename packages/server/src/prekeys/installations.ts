import { type Prekey, ProtocolError } from '@aicq/protocol'
import type { Db } from '../storage/db.ts'
import { countOneTime, findSinglePrekeys } from './prekeys.sql.ts'

/** An installation that others can begin sessions with. */
export interface Installation {
  readonly installation: string
  readonly signed: Prekey
  readonly last_resort?: Prekey
}

/** The installations of an agent that have a signed prekey which can be used. */
export async function installationsOf(db: Db, agent: string, now: number): Promise<Installation[]> {
  const prekeys = await findSinglePrekeys(db, agent, now)
  const byInstallation = Map.groupBy(prekeys, ({ installation }) => installation)
  return [...byInstallation].flatMap(([installation, its]) => {
    const signed = its.find(({ purpose }) => purpose === 'signed')
    const lastResort = its.find(({ purpose }) => purpose === 'last-resort')
    return signed ? [{ installation, signed, ...(lastResort ? { last_resort: lastResort } : {}) }] : []
  })
}

/** The same as their agent sees them, with what is left of each. */
export async function ownInstallations(db: Db, agent: string, now: number) {
  const counts = new Map((await countOneTime(db, agent, now)).map(({ installation, count }) => [installation, count]))
  const all = await installationsOf(db, agent, now)
  return all.map((one) => ({ ...one, one_time: counts.get(one.installation) ?? 0 }))
}

/** Errors: `installation_not_found`. */
export async function openInstallation(db: Db, agent: string, id: string, now: number): Promise<Installation> {
  const found = (await installationsOf(db, agent, now)).find(({ installation }) => installation === id)
  if (!found) throw new ProtocolError('installation_not_found', `agent ${agent} has no installation ${id} here`)
  return found
}
