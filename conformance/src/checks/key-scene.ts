import { answered, equal, refused } from '../expect.ts'
import type { Answer } from '../wire/http.ts'
import { create, type KeyOperation, rotate } from '../wire/key-history.ts'
import { type Agent, newAgent } from '../wire/keys.ts'
import type { World } from '../world.ts'

/** An agent, and how its history goes on. */
export async function keyScene(world: World) {
  const ada = await world.agent()
  return {
    ada,
    first: create(ada),
    next: () => newAgent(ada.id),
    change: (as: Agent, operation: KeyOperation) =>
      world.ask(`POST /v1/agent/${ada.id}/rotate`, { as, body: { operation } }),
    revoke: (operation: KeyOperation) => world.ask(`POST /v1/agent/${ada.id}/revoke`, { body: { operation } }),
    history: async () => answered(await world.ask(`GET /v1/agent/${ada.id}/keys`), 200).operations,
  }
}

/** Gives an agent another key, which takes the place of its first. */
export async function giveUpKey(world: World, as: Agent): Promise<void> {
  const body = { operation: rotate(create(as), as, newAgent(as.id)) }
  answered(await world.ask(`POST /v1/agent/${as.id}/rotate`, { as, body }), 200)
}

/** That an operation was refused for this reason. */
export function refusedAs(answer: Answer, reason: string): void {
  refused(answer, 'key_history_invalid')
  equal('reason', answer.body.reason, reason)
}
