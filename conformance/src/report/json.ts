import { count } from '../judge.ts'
import type { Report } from './report.ts'

/** For programs: one JSON document. */
export function asJson({ url, level, seconds, findings }: Report): string {
  const document = {
    url,
    level,
    conforms: count(findings, 'failed') === 0,
    passed: count(findings, 'passed'),
    failed: count(findings, 'failed'),
    skipped: count(findings, 'skipped'),
    seconds: Number(seconds.toFixed(1)),
    checks: findings.map(({ check: { name, rule, level }, ...found }) => ({ name, rule, level, ...found })),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}
