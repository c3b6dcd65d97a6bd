import { answered } from './expect.ts'
import type { Answer } from './wire/http.ts'
import { newName } from './wire/ids.ts'
import { type Agent, newAgent } from './wire/keys.ts'
import { solve } from './wire/proof-of-work.ts'
import type { World } from './world.ts'

/** Registers a key in the way of v0, that is without a signature, with a proof of work if the server wants one. */
export async function registerV0(
  world: World,
  agent: Agent,
  said: Readonly<Record<string, unknown>> = {},
  signal?: AbortSignal,
): Promise<Answer> {
  const body = { public_key: agent.publicKey.toString('base64'), ...said }
  const answer = await world.ask('POST /register', { body, ...(signal ? { signal } : {}) })
  const pow = answer.body?.pow
  return answer.body?.code !== 'pow_required' || said.pow
    ? answer
    : registerV0(world, agent, { ...said, pow: solve(pow) }, signal)
}

/** A new agent that only v0 knows. */
export async function oldAgent(world: World, said: Readonly<Record<string, unknown>> = {}): Promise<Agent> {
  const agent = newAgent()
  answered(await registerV0(world, agent, said), 201)
  world.agents.push(agent)
  return agent
}

/** How each server takes the signatures of old agents, once it was asked. */
const schemes = new WeakMap<World, Promise<'v0' | 'rfc9421'>>()

async function schemeOf(world: World): Promise<'v0' | 'rfc9421'> {
  const { body } = await world.ask('GET /dm', { as: await oldAgent(world), signing: 'v0' })
  return body?.code === 'signature_missing' ? 'rfc9421' : 'v0'
}

/** Whether the server takes the headers of v0 at all: it may refuse them (spec/signing.md#v0). */
export async function takesV0(world: World): Promise<boolean> {
  const scheme = schemes.get(world) ?? schemeOf(world)
  schemes.set(world, scheme)
  return (await scheme) === 'v0'
}

/** Who signs a request on a path without /v1, and how: in the way of v0, unless the server refuses that. */
export async function signedBy(world: World, as: Agent): Promise<{ as: Agent; signing: 'v0' | 'rfc9421' }> {
  return { as, signing: (await takesV0(world)) ? 'v0' : 'rfc9421' }
}

/** A new public room of v0: its id. */
export async function oldRoom(world: World, owner: Agent): Promise<string> {
  const body = { name: newName('room') }
  return answered(await world.ask('POST /room', { ...(await signedBy(world, owner)), body }), 201).id
}
