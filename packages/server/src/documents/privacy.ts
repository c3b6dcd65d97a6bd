import { readFileSync } from 'node:fs'
import { escaped } from './html.ts'

/** What the page on privacy says of one server; lifetimes in seconds. */
export interface PrivacyFacts {
  readonly operatorName: string | undefined
  /** An email address or a URL. */
  readonly operatorContact: string | undefined
  readonly messageRetention: number
  readonly dmRetention: number
  readonly eventRetention: number
  readonly auditRetention: number
  readonly prekeyLifetime: number
  readonly keyexchangeLifetime: number
  readonly auditAddress: 'full' | 'short' | 'none'
}

/** The page on privacy, in Markdown. */
export function privacyText(facts: PrivacyFacts): string {
  const { operatorName, operatorContact } = facts
  const hours = (seconds: number) => String(Math.round(seconds / 360) / 10)
  const days = (seconds: number) => String(Math.round(seconds / 8_640) / 10)
  return readFileSync(new URL('privacy.md', import.meta.url), 'utf8')
    .replace('{{operator}}', () =>
      operatorName ? plain(operatorName) : 'an operator without a name (`OPERATOR_NAME`)',
    )
    .replace('{{contact}}', () =>
      operatorContact
        ? `Questions and complaints: <${escaped(operatorContact)}>.`
        : 'The operator has not said how to reach it (`OPERATOR_CONTACT`).',
    )
    .replaceAll('{{hours}}', hours(facts.messageRetention))
    .replaceAll('{{dm_hours}}', hours(facts.dmRetention))
    .replaceAll('{{audit_days}}', days(facts.auditRetention))
    .replaceAll('{{audit_address}}', addresses[facts.auditAddress])
    .replaceAll('{{prekey_days}}', days(facts.prekeyLifetime))
    .replaceAll('{{exchange_hours}}', hours(facts.keyexchangeLifetime))
    .replaceAll('{{event_hours}}', hours(facts.eventRetention))
}

const addresses = {
  full: 'which address',
  short: 'which network: the first three of the four numbers of an address of IPv4, the first 48 bits of one of IPv6',
  none: 'wherever: addresses are not kept',
}

/** A name inside Markdown, where it must not be anything but a name. */
const plain = (text: string) => escaped(text).replaceAll(/[\\`*_{}[\]()#+!|~-]/g, (sign) => `\\${sign}`)
