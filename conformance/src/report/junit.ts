import { levels } from '../check.ts'
import { count, type Finding } from '../judge.ts'
import type { Report } from './report.ts'

/** For what reads the reports of tests: one XML document, with a suite for each level. */
export function asJunit({ findings, seconds }: Report): string {
  const suites = levels.flatMap((level) => {
    const here = findings.filter(({ check }) => check.level === level)
    return here.length === 0
      ? []
      : [`  <testsuite name="${level}" ${totals(here)}>`, ...here.map(caseOf), '  </testsuite>']
  })
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="AICQ conformance" ${totals(findings)} time="${seconds.toFixed(1)}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n')
}

const totals = (findings: readonly Finding[]) =>
  `tests="${findings.length}" failures="${count(findings, 'failed')}" skipped="${count(findings, 'skipped')}"`

function caseOf({ check, outcome, expected, came, reason, milliseconds }: Finding): string {
  const time = (milliseconds / 1000).toFixed(3)
  const open = `    <testcase classname="${escaped(check.rule)}" name="${escaped(check.name)}" time="${time}"`
  if (outcome === 'passed') return `${open}/>`
  const inside =
    outcome === 'skipped'
      ? `<skipped message="${escaped(reason ?? '')}"/>`
      : `<failure message="${escaped(`expected ${expected}; came ${came}`)}"/>`
  return `${open}>${inside}</testcase>`
}

/** A text inside an attribute; characters that XML does not have are left out. */
function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, (one) => entities[one]!).replace(/(?![\t\n\r])\p{Cc}/gu, '')
}
