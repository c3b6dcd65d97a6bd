import { isUuid, mostWork } from '@aicq/protocol'
import { readRange } from './addresses.ts'
import { auditSettings } from './audit-settings.ts'
import { databaseSettings, refuseOpenConnection } from './database-settings.ts'
import { type Limits, limitSettings, readLimits } from './limits.ts'
import { contact, proxies, publicUrl } from './setting-values.ts'
import { choice, flag, lengthOf, list, readSetting, type Setting, text, whole, withoutPassword } from './settings.ts'
import { socketSettings } from './socket-settings.ts'
import { StartError } from './storage/start-error.ts'
import { timeLimits } from './time-limits.ts'
import { traceSettings } from './trace-settings.ts'

const anyText = (value: string) => value
const day = 24 * 60 * 60

/** Every setting of the server. docs/settings.md is emitted from this table. */
export const settings = {
  environment: choice({
    env: 'ENV',
    of: ['development', 'production'],
    fallback: 'development',
    meaning:
      'In production the server listens on all addresses, insists on PUBLIC_URL, and refuses databases on other machines without TLS.',
  }),
  port: whole({
    env: 'PORT',
    min: 0,
    max: 65_535,
    fallback: 8080,
    meaning: 'TCP port to listen on; 0 takes a free one.',
  }),
  host: text({
    env: 'HOST',
    allowed: 'an IP address or host name',
    read: (value) => (/^[\w.:-]{1,253}$/.test(value) ? value : undefined),
    shown: '127.0.0.1; `::` in production',
    meaning: 'Address to listen on.',
  }),
  publicUrls: list({
    env: 'PUBLIC_URL',
    allowed: 'a comma list of http or https URLs without a path',
    one: publicUrl,
    shown: "loopback names and this machine's addresses",
    meaning:
      "The server's own names: signatures must be meant for one of them. Links use the first. Needed in production.",
  }),
  dataDir: {
    ...text({
      env: 'DATA_DIR',
      allowed: 'a folder',
      read: anyText,
      meaning: 'Folder of the embedded PostgreSQL and of the instance secret.',
    }),
    fallback: './data',
  } as Setting<string>,
  ...databaseSettings,
  redisUrls: list({
    env: 'REDIS_URL',
    allowed: 'a redis:// or rediss:// URL, or a comma list of nodes of a Redis Cluster',
    concealed: (value) => value.split(',').map(withoutPassword).join(','),
    one: (value) => (/^rediss?:\/\//.test(value) && URL.canParse(value) ? value : undefined),
    shown: 'none: this server is alone',
    meaning:
      'Redis 7, by which servers of one database share limits, blocks, presence and wake-ups. All servers of a database need it, or there is one.',
  }),
  instanceSecret: text({
    env: 'INSTANCE_SECRET',
    allowed: '32 random bytes as 64 hexadecimal digits',
    concealed: lengthOf,
    read: (value) => (/^[0-9a-f]{64}$/i.test(value) ? Buffer.from(value, 'hex') : undefined),
    shown: 'a file in DATA_DIR, made at the first start',
    meaning:
      'Seals cursors and the instance key. All servers of one database need the same; with DATABASE_URL in production it must be set.',
  }),
  adminAgent: text({
    env: 'ADMIN_AGENT_ID',
    allowed: "an agent's UUID",
    read: (value) => (isUuid(value) ? value.toLowerCase() : undefined),
    meaning: 'The agent that may delete any message, erase any agent, read the audit, and invite others.',
  }),
  registration: choice({
    env: 'REGISTRATION',
    of: ['open', 'invite', 'closed'],
    fallback: 'open',
    meaning:
      'Who may register: anybody, whoever has an invitation by the administrator, nobody. The administrator always may.',
  }),
  powBits: whole({
    env: 'REGISTRATION_POW_BITS',
    min: 0,
    max: mostWork,
    fallback: 0,
    meaning: 'Proof of work that a new agent has to do, in bits: each doubles it, and 20 take a second or two.',
  }),
  acceptV0Signatures: flag({
    env: 'ACCEPT_V0_SIGNATURES',
    fallback: true,
    meaning: 'Whether X-AICQ signature headers are accepted on the paths without /v1.',
  }),
  v0Sunset: text({
    env: 'V0_SUNSET',
    allowed: 'a date such as 2027-06-30 or 2027-06-30T00:00:00Z',
    read: (value) => {
      const time = /^\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?$/.test(value) ? Date.parse(value) : Number.NaN
      return Number.isNaN(time) ? undefined : time
    },
    meaning: 'When the paths of v0 go away: their replies then carry Deprecation and Sunset headers.',
  }),
  whitelist: list({
    env: 'RATE_LIMIT_WHITELIST',
    allowed: 'a comma list of IP addresses and CIDR ranges',
    one: readRange,
    meaning: 'Addresses that meet no limit at all, and are never blocked.',
  }),
  proxies: text({
    env: 'TRUST_PROXY',
    allowed: 'a comma list of IP addresses and CIDR ranges, or how many proxies there are',
    read: proxies,
    shown: '(none)',
    meaning:
      'The proxies before the server: what they say in X-Forwarded-For is believed, and nothing that stands before it. 0: there is none.',
  }),
  autoBlock: flag({
    env: 'AUTO_BLOCK_ENABLED',
    fallback: true,
    meaning: 'Whether addresses that keep violating limits are blocked.',
  }),
  blockTime: whole({
    env: 'BLOCK_TIME',
    min: 1,
    max: 30 * day,
    fallback: day,
    unit: 's',
    meaning: 'How long an address stays blocked.',
  }),
  messageRetention: whole({
    env: 'MESSAGE_RETENTION',
    min: 3600,
    max: 30 * day,
    fallback: day,
    unit: 's',
    meaning:
      'How long messages live in `global` and in rooms made from now on. Lowering it hides older messages at once.',
  }),
  receiptsMaxMembers: whole({
    env: 'RECEIPTS_MAX_MEMBERS',
    min: 0,
    max: 1000,
    fallback: 32,
    meaning:
      'Rooms with more members keep no receipts: neither what was delivered, nor what members acknowledge. 0: none do.',
  }),
  dmRetention: whole({
    env: 'DM_RETENTION',
    min: 3600,
    max: 30 * day,
    fallback: 7 * day,
    unit: 's',
    meaning:
      'How long direct messages live, unless their recipient acknowledges them before. Lowering it hides older ones at once.',
  }),
  prekeyLifetime: whole({
    env: 'PREKEY_LIFETIME',
    min: 30 * day,
    max: 365 * day,
    fallback: 90 * day,
    unit: 's',
    meaning: 'For how long a prekey may be good at most.',
  }),
  keyexchangeLifetime: whole({
    env: 'KEYEXCHANGE_LIFETIME',
    min: 60,
    max: 30 * day,
    fallback: day,
    unit: 's',
    meaning: 'How long an offered key exchange may wait at most.',
  }),
  eventRetention: whole({
    env: 'EVENT_RETENTION',
    min: day,
    max: 90 * day,
    fallback: 8 * day,
    unit: 's',
    meaning: 'How long events are kept: a reader that was away for longer has to begin again.',
  }),
  ...socketSettings,
  ...auditSettings,
  ...timeLimits,
  ...traceSettings,
  logLevel: choice({
    env: 'LOG_LEVEL',
    of: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    fallback: 'info',
    meaning: 'What is logged, as JSON lines on stdout; debug adds a line a request.',
  }),
  operatorName: text({
    env: 'OPERATOR_NAME',
    allowed: 'a name of at most 200 characters',
    read: (value) => (value.length <= 200 ? value : undefined),
    meaning: 'Who runs this server: shown on /privacy.',
  }),
  operatorContact: text({
    env: 'OPERATOR_CONTACT',
    allowed: 'an email address or an http or https URL',
    read: contact,
    meaning: 'Where the operator is reached about data of agents: shown on /privacy.',
  }),
  region: text({ env: 'REGION', allowed: 'a name', read: anyText, meaning: 'Shown in /health.' }),
  instance: text({
    env: 'INSTANCE',
    allowed: 'a name',
    read: anyText,
    meaning: 'Name of this server, shown in /health.',
  }),
} satisfies Record<string, Setting<unknown>>

type Values = { [K in keyof typeof settings]: (typeof settings)[K] extends Setting<infer T> ? T : never }

/** The rows of docs/settings.md. */
export const settingsTable: readonly Setting<unknown>[] = [...Object.values(settings), ...Object.values(limitSettings)]

export type Config = Omit<Values, 'host'> & {
  readonly host: string
  readonly limits: Limits
  /** The settings that are set, by variable, as they are written; of those that hold secrets, only that they are set. */
  readonly given: Readonly<Record<string, string>>
}

/** The configuration that an environment gives. Errors: `StartError`, one line for the operator. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const values = Object.fromEntries(
    Object.entries<Setting<unknown>>(settings).map(([name, setting]) => [name, readSetting(setting, environment)]),
  ) as Values
  const production = values.environment === 'production'
  if (production && values.publicUrls.length === 0)
    throw new StartError('ENV=production needs PUBLIC_URL: the names that clients sign their requests for.')
  if (production && values.databaseUrl && !values.instanceSecret)
    throw new StartError(
      'ENV=production with DATABASE_URL needs INSTANCE_SECRET: 64 hexadecimal digits, kept for as long as the database.',
    )
  // the driver takes what is not said for plain text
  if (production)
    for (const url of [
      values.databaseUrl,
      values.databaseOwnerUrl,
      values.databasePrunerUrl,
      values.databaseReplicaUrl,
    ])
      if (url) refuseOpenConnection(url)
  return {
    ...values,
    host: values.host ?? (production ? '::' : '127.0.0.1'),
    limits: readLimits(environment),
    given: givenIn(environment),
  }
}

function givenIn(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const set = settingsTable.flatMap(({ env, concealed }) => {
    const text = environment[env]?.trim()
    return text ? [[env, concealed ? 'set' : text.slice(0, 200)] as const] : []
  })
  return Object.fromEntries(set)
}
