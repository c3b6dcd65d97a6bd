import { operations } from '@aicq/protocol'

const span = (seconds: number) => (seconds === 60 ? 'a minute' : seconds === 3600 ? 'an hour' : `in ${seconds} s`)

/** The operations as a Markdown table: name, method and path, who may call, the default limit. */
export const operationsTable = (): string =>
  [
    '| operation | request | signed | limit |',
    '| --- | --- | --- | --- |',
    ...operations.map(({ name, method, path, caller, limit }) => {
      const signed = caller === 'anyone' ? 'no need' : caller === 'author' ? 'the request or the message' : 'yes'
      return `| \`${name}\` | \`${method} /v1${path}\` | ${signed} | ${limit ? `${limit.max} ${span(limit.window)} per ${limit.per}` : ''} |`
    }),
  ].join('\n')
