import type { Identity, PrekeySecret } from '@aicq/protocol'
import { AicqError } from '../errors.ts'
import { longestDmLife, read } from './state.ts'
import type { Kept } from './store.ts'

/** Milliseconds for which a prekey is good: what every server allows. */
export const prekeyLife = 28 * 86_400_000

/** The secret half of a prekey of ours. */
export interface KeptPrekey extends PrekeySecret {
  /** Milliseconds. */
  readonly expires: number
}

/** An installation of an agent by one key of it. */
export interface Installation {
  /** did:key for which the prekeys were made. */
  readonly key: string
  readonly installation: string
  readonly prekeys: readonly KeptPrekey[]
}

/** One store, one installation; those that it was by earlier keys of the agent are kept as long as they may be written to. */
export interface OwnInstallation extends Installation {
  /** UUID. */
  readonly agent: string
  /** The latest first. */
  readonly former: readonly Installation[]
}

/** The installation as it is kept, by whatever key of the agent. Errors: `state_unusable`. */
export async function readKept(kept: Kept, agent: string): Promise<OwnInstallation | undefined> {
  const known = await read<OwnInstallation>(kept, 'installation')
  if (known && known.agent !== agent)
    throw new AicqError(
      'state_unusable',
      `the state that was given belongs to agent ${known.agent}, and not to ${agent}`,
      { retryable: false, status: 0 },
    )
  return known && { ...known, former: known.former ?? [] }
}

/** Our installation by our present key, and whether it is new: then it is not kept yet. Errors: `state_unusable`. */
export async function readInstallation(
  kept: Kept,
  { id, did }: Identity,
): Promise<{ readonly ours: OwnInstallation; readonly isNew: boolean }> {
  const known = await readKept(kept, id)
  if (known?.key === did) return { ours: known, isNew: false }
  const former = known ? installationsOf(known) : []
  return { ours: { agent: id, key: did, installation: crypto.randomUUID(), prekeys: [], former }, isNew: true }
}

/** By every key of the agent, the present one first. */
export const installationsOf = ({ key, installation, prekeys, former }: OwnInstallation): Installation[] => [
  { key, installation, prekeys },
  ...former,
]

/** The change that keeps it, as a store takes it. */
export const installationChange = (ours: OwnInstallation) => ({ installation: JSON.stringify(ours) })

/** The installation without the prekeys that `isGone` tells, and what it was by earlier keys without them too. */
export function withoutPrekeys(ours: OwnInstallation, isGone: (prekey: KeptPrekey) => boolean): OwnInstallation {
  const without = <T extends Installation>(one: T): T => ({
    ...one,
    prekeys: one.prekeys.filter((prekey) => !isGone(prekey)),
  })
  return { ...without(ours), former: ours.former.map(without).filter(({ prekeys }) => prekeys.length > 0) }
}

/** The installation without the prekeys that can no longer be needed. */
export const withoutOld = (ours: OwnInstallation, now: number): OwnInstallation =>
  withoutPrekeys(ours, ({ expires }) => now >= expires + longestDmLife)
