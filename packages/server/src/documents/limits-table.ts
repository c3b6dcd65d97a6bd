import { type Limit, type Operation, operations } from '@aicq/protocol'

const span = (seconds: number) => (seconds === 60 ? 'a minute' : seconds === 3600 ? 'an hour' : `in ${seconds} s`)

/** How often an operation may be called. */
export type LimitOf = (op: Operation) => Pick<Limit, 'max' | 'window'> | undefined

/** The operations as a Markdown table: name, method and path, who may call, and its limit: the default one unless `limitOf` says another. */
export const operationsTable = (limitOf: LimitOf = ({ limit }) => limit): string =>
  [
    '| operation | request | signed | limit |',
    '| --- | --- | --- | --- |',
    ...operations.map((op) => {
      const { name, method, path, caller } = op
      const limit = limitOf(op)
      const signed = caller === 'anyone' ? 'no need' : caller === 'author' ? 'the request or the message' : 'yes'
      return `| \`${name}\` | \`${method} /v1${path}\` | ${signed} | ${limit ? `${limit.max} ${span(limit.window)} per ${op.limit?.per}` : ''} |`
    }),
  ].join('\n')
