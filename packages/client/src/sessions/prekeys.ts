import { type Identity, newPrekey, type Prekey, type PrekeyPurpose, prekeys, type Reply, sizes } from '@aicq/protocol'
import { AicqError } from '../errors.ts'
import type { Transport } from '../transport.ts'
import {
  type Installation,
  installationChange,
  type KeptPrekey,
  prekeyLife,
  readInstallation,
  withoutOld,
} from './installation.ts'
import { endedSessions, withoutOldTexts } from './state.ts'
import type { DmStore } from './store.ts'

/** One-time prekeys that a server should have: so many are made when there are fewer than half. */
const oneTimePrekeys = 50
/** Milliseconds after which the signed and the last-resort prekey are renewed. */
const renewal = 7 * 86_400_000

type Own = Reply<typeof prekeys.prekeysMine>['installations'][number]

/**
 * Makes sure that others can begin sessions with this installation: makes it if there is none, renews what is old and fills up what was
 * used. Secrets are kept before their other halves are published.
 */
export async function keepPrekeys(transport: Transport, identity: Identity, store: DmStore): Promise<void> {
  const mine = await transport.call(prekeys.prekeysMine, () => ({}))
  const now = Math.floor(transport.clock.now())
  const { installation, fresh, own } = await store.exclusively(async (kept) => {
    const { ours, isNew } = await readInstallation(kept, identity)
    const own = mine.installations.find((one) => one.installation === ours.installation)
    const made = await Promise.all(
      missing(ours, own, now).map((purpose) =>
        newPrekey(identity, { purpose, installation: ours.installation, created: now, expires: now + prekeyLife }),
      ),
    )
    const secrets = made.map(({ prekey, secret }): KeptPrekey => ({ ...secret, expires: prekey.expires }))
    const changed = withoutOld({ ...ours, prekeys: [...ours.prekeys, ...secrets] }, now)
    const ended = isNew ? await endedSessions(kept) : {}
    await kept.write({ ...installationChange(changed), ...ended, ...(await withoutOldTexts(kept, now)) })
    return { installation: ours.installation, fresh: made.map(({ prekey }) => prekey), own }
  })
  if (fresh.length === 0) return
  if (!own) await makeRoom(transport, mine.installations)
  const publish = () => ({ installation, prekeys: fresh })
  await transport.call(prekeys.prekeysPublish, publish, { repeatable: true }).catch((error) => {
    // another program with this installation has filled it up meanwhile
    if (!own || !(error instanceof AicqError) || error.code !== 'quota_reached') throw error
  })
}

/** Gives up the installation that was not heard of for the longest time, where there are as many as may be. */
async function makeRoom(transport: Transport, all: readonly Own[]): Promise<void> {
  if (all.length < sizes.installations) return
  const [oldest] = all.toSorted((one, other) => one.signed.created - other.signed.created)
  const { installation } = oldest!
  await transport.call(prekeys.prekeysWithdraw, () => ({ installation }), { repeatable: true })
}

/** What has to be made. A prekey at the server whose secret we have not is as good as none. */
function missing({ prekeys: kept }: Installation, own: Own | undefined, now: number): PrekeyPurpose[] {
  const isGood = (prekey: Prekey | undefined) =>
    prekey !== undefined && now < prekey.created + renewal && kept.some(({ id }) => id === prekey.id)
  const left = own?.one_time ?? 0
  return [
    ...(isGood(own?.signed) ? [] : (['signed'] as const)),
    ...(isGood(own?.last_resort) ? [] : (['last-resort'] as const)),
    ...Array.from({ length: left * 2 < oneTimePrekeys ? oneTimePrekeys - left : 0 }, () => 'one-time' as const),
  ]
}
