import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { stringify } from 'yaml'
import { errors, openapiDocument, operations, sizes, windows } from '../packages/protocol/src/index.ts'
import { settings, settingsTable } from '../packages/server/src/config.ts'
import { operationsTable } from '../packages/server/src/documents/limits-table.ts'
import { privacyText } from '../packages/server/src/documents/privacy.ts'
import { version } from '../packages/server/src/version.ts'

// Writes what is made from the tables of the code; with --check it says what is out of date instead.
const root = join(import.meta.dirname, '..')

function settingsPage(): string {
  const rows = settingsTable.map(({ env, unit, fallback, shown, allowed, meaning }) => {
    const value =
      shown ??
      (fallback === undefined || (Array.isArray(fallback) && fallback.length === 0) ? '(none)' : `\`${fallback}\``)
    return `| \`${env}\` | ${value}${unit ? ` ${unit}` : ''} | ${allowed} | ${meaning} |`
  })
  const fixed = [...Object.entries(sizes), ...Object.entries(windows)].map(([name, value]) => `| ${name} | ${value} |`)
  return `# Settings

Emitted by \`npm run emit\` from packages/server/src/config.ts and limits.ts. A bad value stops the start with a message that names the variable.

| variable | default | allowed | meaning |
| --- | --- | --- | --- |
${rows.join('\n')}

## Fixed by the protocol

Sizes in bytes, characters or levels, times in milliseconds: packages/protocol/src/sizes.ts. Every server has the same.

| name | value |
| --- | --- |
${fixed.join('\n')}
`
}

const errorsPage = () => `# Errors

Emitted by \`npm run emit\` from packages/protocol/src/errors.ts. Every error is an RFC 9457 problem document; \`code\` is the API.

| code | status | try again | what it means | what to do |
| --- | --- | --- | --- | --- |
${Object.entries(errors)
  .map(
    ([code, { status, retryable, means, todo }]) =>
      `| \`${code}\` | ${status} | ${retryable ? 'yes' : 'no'} | ${means} | ${todo} |`,
  )
  .join('\n')}
`

const operationsPage = () => `# Operations

Emitted by \`npm run emit\` from packages/protocol/src/operations. The same table gives routes, validation, openapi.yaml and the limits.
An operation answers below \`/v1\`; without the prefix it answers too: in the way of v0 where v0 had it, else exactly as below \`/v1\`.

${operationsTable()}
`

/** As a server without settings serves it. */
const privacyPage = () =>
  privacyText({
    operatorName: undefined,
    operatorContact: undefined,
    messageRetention: settings.messageRetention.fallback,
    dmRetention: settings.dmRetention.fallback,
    eventRetention: settings.eventRetention.fallback,
    auditRetention: settings.auditRetention.fallback,
    prekeyLifetime: settings.prekeyLifetime.fallback,
    keyexchangeLifetime: settings.keyexchangeLifetime.fallback,
    auditAddress: settings.auditAddress.fallback,
  }).replace(
    /^# Privacy\n/,
    '# Privacy\n\nEmitted by `npm run emit` from packages/server/src/documents/privacy.md; a server shows it at `/privacy`, with its own lifetimes and operator.\n',
  )

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`
const emitted: Record<string, string> = {
  'spec/openapi.yaml': stringify(openapiDocument(version), { aliasDuplicateObjects: false }),
  'spec/errors.md': errorsPage(),
  'spec/operations.md': operationsPage(),
  'docs/settings.md': settingsPage(),
  'docs/privacy.md': privacyPage(),
}
for (const { name, params, query, body, output } of operations)
  emitted[`spec/schema/${name}.json`] = json({
    ...(params && { params }),
    ...(query && { query }),
    ...(body && { body }),
    ...(output && { output }),
  })

const stale = Object.entries(emitted).filter(([file, text]) => {
  const path = join(root, file)
  return !existsSync(path) || readFileSync(path, 'utf8') !== text
})
if (process.argv.includes('--check')) {
  for (const [file] of stale) console.log(`${file} is out of date: run npm run emit`)
  process.exitCode = stale.length > 0 ? 1 : 0
} else
  for (const [file, text] of stale) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
    console.log(`wrote ${file}`)
  }
