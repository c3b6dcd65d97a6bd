import { csvLine, type Operation } from '@aicq/protocol'
import type { TSchema } from 'typebox'
import type { Received } from './received.ts'

type Row = Readonly<Record<string, unknown>>
type Page = Readonly<Record<string, unknown>> & { readonly next?: string }

interface Form {
  readonly type: string
  readonly write: (rows: readonly Row[], columns: readonly string[]) => string
}

const forms: Readonly<Record<string, Form>> = {
  jsonl: {
    type: 'application/jsonl; charset=utf-8',
    write: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
  },
  csv: {
    type: 'text/csv; charset=utf-8; header=present',
    write: (rows, columns) =>
      [columns, ...rows.map((row) => columns.map((name) => row[name]))]
        .map((cells) => `${csvLine(cells)}\r\n`)
        .join(''),
  },
}

/** A reply in another form than JSON. */
interface Rows {
  readonly type: string
  readonly body: string
  /** Where the next page is (RFC 8288). */
  readonly link: string | undefined
}

/** The reply of an operation as rows, where it has rows and the request asks for them by `format`, else by Accept. */
export function rowsOf({ rows, output }: Operation, request: Received, result: unknown): Rows | undefined {
  if (!rows) return undefined
  const query = new URLSearchParams(request.query)
  const form = forms[query.get('format') ?? accepted(request.headers.accept)]
  if (!form) return undefined
  const page = result as Page
  const list = (output as TSchema & { properties: Record<string, { items: { properties: object } }> }).properties[rows]!
  if (page.next) query.set('next', page.next)
  return {
    type: form.type,
    body: form.write(page[rows] as Row[], Object.keys(list.items.properties)),
    link: page.next ? `<${request.path}?${query}>; rel="next"` : undefined,
  }
}

/** The first form that Accept names; weights are not read. */
function accepted(accept = ''): string {
  for (const part of accept.split(',')) {
    const type = part.split(';')[0]!.trim().toLowerCase()
    if (type === 'text/csv') return 'csv'
    if (type === 'application/jsonl' || type === 'application/x-ndjson') return 'jsonl'
    if (type === 'application/json' || type === '*/*') return 'json'
  }
  return 'json'
}
