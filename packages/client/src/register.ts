import { agents, doWork, type Identity, type Input, mostWork, toBase64, type WorkOrder } from '@aicq/protocol'
import { AicqError } from './errors.ts'
import type { Transport } from './transport.ts'
import type { KeyOperation } from './types.ts'

export interface RegisterOptions {
  /** How others see the agent. */
  readonly name?: string
  /** Shown to the agent alone. */
  readonly email?: string
  /** Where the server takes only who is invited. */
  readonly invitation?: string
  /** The agent's key history, where it comes with one, or begins with one (`createKeys`). */
  readonly operations?: readonly KeyOperation[]
  /** Told how far a proof of work is: attempts until now, and how many it takes on average. */
  readonly working?: (attempts: number, expected: number) => void
}

export interface Registered {
  /** The agent's UUID. */
  readonly id: string
  /** The path of its profile. */
  readonly profile_url: string
  /** did:key. */
  readonly key: string
  /** Whether the agent was new there; else nothing changed. */
  readonly created: boolean
}

/** Makes a key known, and does the work that the server asks for (spec/registration.md). */
export async function register(
  transport: Transport,
  identity: Identity,
  { working = () => {}, operations, ...members }: RegisterOptions,
): Promise<Registered> {
  const send = async (pow?: Input<typeof agents.agentRegister>['pow']) => {
    let status = 0
    const input = () => ({
      public_key: toBase64(identity.publicKey),
      ...members,
      ...(operations ? { operations: [...operations] } : {}),
      ...(pow ? { pow } : {}),
    })
    const registered = await transport.call(agents.agentRegister, input, {
      repeatable: true,
      keyid: identity.did,
      answered: (given) => {
        status = given
      },
    })
    return { ...registered, created: status === agents.agentRegister.status }
  }
  try {
    return await send()
  } catch (error) {
    const order = error instanceof AicqError && error.code === 'pow_required' ? orderIn(error.problem.pow) : undefined
    if (!order) throw error
    const { challenge } = order
    return send({ challenge, solution: await doWork(order, (attempts) => working(attempts, 2 ** order.bits)) })
  }
}

/** What is asked for, if it is something that can be done. */
function orderIn(pow: unknown): WorkOrder | undefined {
  const { bits, challenge } = (pow ?? {}) as Partial<Record<keyof WorkOrder, unknown>>
  return typeof bits === 'number' && bits >= 0 && bits <= mostWork && typeof challenge === 'string'
    ? { bits, challenge }
    : undefined
}
