import { isUuid, ProtocolError } from '@aicq/protocol'

const first = '00000000-0000-0000-0000-000000000000'

/** The id after which a page begins. Errors: `invalid_request`. */
export function readNext(next = first): string {
  if (isUuid(next)) return next
  throw new ProtocolError('invalid_request', 'query.next is not from an earlier page')
}

/** A page of the rows that were found, of which there is one more than fits where another page follows. */
export function toPage<Row extends { readonly id: string }>(rows: readonly Row[], limit: number) {
  const page = rows.slice(0, limit)
  return { page, ...(rows.length > limit ? { next: page.at(-1)!.id } : {}) }
}
