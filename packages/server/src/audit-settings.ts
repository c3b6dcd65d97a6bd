import { choice, whole } from './settings.ts'

const day = 24 * 60 * 60

/** The settings of the audit (spec/audit.md). */
export const auditSettings = {
  auditAddress: choice({
    env: 'AUDIT_ADDRESS',
    of: ['full', 'short', 'none'],
    fallback: 'short',
    meaning: 'How much of an address the audit keeps; `short`: the /24 of IPv4, the /48 of IPv6.',
  }),
  auditRetention: whole({
    env: 'AUDIT_RETENTION',
    min: 365 * day,
    max: 3650 * day,
    fallback: 365 * day,
    unit: 's',
    meaning: 'How long audit entries are kept.',
  }),
  auditCheckpoints: whole({
    env: 'AUDIT_CHECKPOINT_INTERVAL',
    min: 60,
    max: day,
    fallback: 3600,
    unit: 's',
    meaning: 'How often the instance signs how far the audit has come, if it has grown.',
  }),
}
