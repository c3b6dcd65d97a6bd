import { operations } from '@aicq/protocol'
import { type Rate, rate, readSetting, type Setting } from './settings.ts'

const variable = (name: string) => `LIMIT_${name.toUpperCase().replaceAll('.', '_')}`
const counted = { agent: 'an agent', address: 'an address', caller: 'an agent, or an address that does not sign,' }

const ofOperations = operations.flatMap(({ name, limit }) => {
  if (!limit) return []
  const { max, window, per } = limit
  const meaning = `How often ${counted[per]} may call \`${name}\`.`
  return [[name, rate({ env: variable(name), fallback: { max, window }, meaning })] as const]
})

/** The settings of limits; each is named by its operation, but for four that count across operations. */
export const limitSettings: Readonly<Record<string, Setting<Rate>>> = {
  ...Object.fromEntries(ofOperations),
  signed: rate({
    env: 'LIMIT_SIGNED',
    fallback: { max: 1200, window: 60 },
    meaning:
      'How many requests of one address, all together, may claim to be an agent: each costs a check of a signature.',
  }),
  bytes: rate({
    env: 'LIMIT_BYTES',
    fallback: { max: 32_768, window: 60 },
    meaning: 'How many bytes of messages an agent may send, all together.',
  }),
  roomKeys: rate({
    env: 'LIMIT_ROOM_KEYS',
    fallback: { max: 10, window: 60 },
    meaning: 'How many wrong room keys an address may send, all together: each costs a tenth of a second.',
  }),
  violations: rate({
    env: 'BLOCK_AFTER',
    fallback: { max: 10, window: 3600 },
    meaning: 'How many 429 block the address that got them.',
  }),
}

/** The limits of this server. */
export interface Limits {
  /** By the operation's name; some have none. */
  readonly operations: Readonly<Record<string, Rate>>
  readonly signed: Rate
  readonly bytes: Rate
  readonly roomKeys: Rate
  readonly violations: Rate
}

/** Errors: `StartError`. */
export function readLimits(environment: Readonly<Record<string, string | undefined>>): Limits {
  const read = (name: string) => readSetting(limitSettings[name]!, environment)
  return {
    operations: Object.fromEntries(ofOperations.map(([name]) => [name, read(name)])),
    signed: read('signed'),
    bytes: read('bytes'),
    roomKeys: read('roomKeys'),
    violations: read('violations'),
  }
}
