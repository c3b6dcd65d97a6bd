/**
 * A line of CSV (RFC 4180) without its end. What a spreadsheet would take for a formula gets an apostrophe before it; objects are written
 * as JSON, what is not there as nothing.
 */
export function csvLine(cells: readonly unknown[]): string {
  return cells.map(cell).join(',')
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return ''
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  const inert = typeof value !== 'number' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert
}
