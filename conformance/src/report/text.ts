import { levels } from '../check.ts'
import { count, type Finding } from '../judge.ts'
import type { Report } from './report.ts'

const marks = { passed: '✔', failed: '✖', skipped: '–' } as const

/** For people: by level, with the rule of each check, and for a failure what was expected and what came. */
export function asText({ findings }: Report): string {
  const parts = levels.flatMap((level) => {
    const here = findings.filter(({ check }) => check.level === level)
    return here.length === 0 ? [] : [level, ...here.flatMap(linesOf), '']
  })
  const skipped = count(findings, 'skipped')
  const told = skipped === 0 ? '' : `, ${skipped} skipped`
  return `${[...parts, `${count(findings, 'passed')} passed, ${count(findings, 'failed')} failed${told}`].join('\n')}\n`
}

const linesOf = ({ check, outcome, expected, came, reason }: Finding): string[] => [
  `  ${marks[outcome]} ${check.name}  (${check.rule})`,
  ...(expected === undefined ? [] : [`      expected: ${expected}`, `      came:     ${onOneLine(came)}`]),
  ...(reason === undefined ? [] : [`      ${reason}`]),
]

/** A server may send anything, and a terminal would do what control characters say. */
const onOneLine = (text = '') => text.replace(/\s+/g, ' ').replace(/\p{C}/gu, '\ufffd')
