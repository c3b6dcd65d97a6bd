import type { Identity } from '@aicq/protocol'
import { send } from '../testing/requests.ts'

/** A post that a writer sent: `seq` once it was acknowledged. */
export interface Sent {
  readonly author: Identity
  readonly id: string
  readonly body: string
  seq?: number
}

/** Every message of `global`, the oldest first. */
export async function everything(url: string): Promise<{ id: string; seq: number; body: string }[]> {
  const all: { id: string; seq: number; body: string }[] = []
  for (let after = 0; ; ) {
    const { body: page } = await send(url, `GET /v1/room/global?order=asc&limit=200&after_seq=${after}`)
    for (const { id, seq, body } of page.messages) all.push({ id, seq, body })
    if (!page.has_more) return all
    after = all.at(-1)!.seq
  }
}
