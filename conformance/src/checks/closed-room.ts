import type { Agent } from '../wire/keys.ts'
import type { World } from '../world.ts'

/** The id of a room that no server has. */
export const nowhere = '01890000-0000-7000-8000-000000000000'

/** A private room of ada with a message of one `word`, whose id is `said`, and bob, who is not in it. */
export async function closedRoom(
  world: World,
): Promise<{ ada: Agent; bob: Agent; id: string; key: string; said: string; word: string }> {
  const [ada, bob] = await world.someAgents(2)
  const { id, key } = await world.privateRoom(ada)
  const word = `p${world.id().toLowerCase()}`
  return { ada, bob, id, key, word, said: (await world.post(ada, id, word)).id }
}
