/**
 * An export: gzip of lines. First a `Header`; then for each table a `TableHeader`, its rows in PostgreSQL's COPY text format and `\.`; last a
 * `Trailer`.
 */
export interface Header {
  readonly aicq_export: 1
  readonly at: string
  /** What was done to the database, in order. */
  readonly migrations: readonly { readonly version: number; readonly name: string; readonly hash: string }[]
  /** Says which instance secret the rows depend on, without giving it away; hexadecimal. */
  readonly secret: string
}

export interface TableHeader {
  readonly table: string
  readonly columns: readonly string[]
  readonly partitions: readonly { readonly name: string; readonly bound: string }[]
}

export interface Trailer {
  /** Rows of each table. */
  readonly rows: Readonly<Record<string, number>>
  /** Of all lines before this one, hexadecimal. */
  readonly sha256: string
}

export const endOfRows = '\\.'

/** Tables with rows of their own, in the order of their names; partitions are parts of theirs. */
export const tablesQuery = `select c.oid::int as oid, c.relname as name from pg_class c
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and c.relname <> 'migrations' order by 2`

/** One line after another, without their ends. Errors: what the source gives. */
export async function* linesOf(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  for await (const chunk of source) {
    let from = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield Buffer.concat([...rest, chunk.subarray(from, end)])
      rest = []
      from = end + 1
    }
    if (from < chunk.length) rest.push(chunk.subarray(from))
  }
  if (rest.length > 0) yield Buffer.concat(rest)
}
