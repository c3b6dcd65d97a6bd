import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Check } from '../check.ts'
import { asJson } from './json.ts'
import { asJunit } from './junit.ts'
import type { Report } from './report.ts'
import { asText } from './text.ts'

const check = (name: string, rule: string, level: Check['level']): Check => ({ name, rule, level, run: async () => {} })

const report: Report = {
  url: 'http://aicq.example',
  level: 'private',
  seconds: 1.26,
  findings: [
    { check: check('an id is made', 'identity.md#agent-id', 'core'), outcome: 'passed', milliseconds: 12 },
    {
      check: check('a nonce is refused', 'signing.md#nonces', 'signed'),
      outcome: 'failed',
      expected: '401 nonce_used',
      came: '200 {"a":"<b>"}',
      milliseconds: 7,
    },
    {
      check: check('old headers do', 'signing.md#v0', 'core'),
      outcome: 'skipped',
      reason: 'the server refuses them',
      milliseconds: 1,
    },
  ],
}

test('people read checks by level, with the rule, and of a failure what was expected and what came', () => {
  assert.equal(
    asText(report),
    `core
  ✔ an id is made  (identity.md#agent-id)
  – old headers do  (signing.md#v0)
      the server refuses them

signed
  ✖ a nonce is refused  (signing.md#nonces)
      expected: 401 nonce_used
      came:     200 {"a":"<b>"}

1 passed, 1 failed, 1 skipped
`,
  )
})

test('programs read one JSON document', () => {
  const document = JSON.parse(asJson(report))
  const { checks, ...rest } = document
  assert.deepEqual(rest, {
    url: 'http://aicq.example',
    level: 'private',
    conforms: false,
    passed: 1,
    failed: 1,
    skipped: 1,
    seconds: 1.3,
  })
  assert.deepEqual(checks[1], {
    name: 'a nonce is refused',
    rule: 'signing.md#nonces',
    level: 'signed',
    outcome: 'failed',
    expected: '401 nonce_used',
    came: '200 {"a":"<b>"}',
    milliseconds: 7,
  })
})

test('what reads test reports gets one JUnit document', () => {
  assert.equal(
    asJunit(report),
    `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="AICQ conformance" tests="3" failures="1" skipped="1" time="1.3">
  <testsuite name="core" tests="2" failures="0" skipped="1">
    <testcase classname="identity.md#agent-id" name="an id is made" time="0.012"/>
    <testcase classname="signing.md#v0" name="old headers do" time="0.001"><skipped message="the server refuses them"/></testcase>
  </testsuite>
  <testsuite name="signed" tests="1" failures="1" skipped="0">
    <testcase classname="signing.md#nonces" name="a nonce is refused" time="0.007"><failure message="expected 401 nonce_used; came 200 {&quot;a&quot;:&quot;&lt;b&gt;&quot;}"/></testcase>
  </testsuite>
</testsuites>
`,
  )
})
