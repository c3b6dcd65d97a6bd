import { errors } from '@aicq/protocol'
import { escaped, page } from './html.ts'

const shown = (text: string) => escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')

/** The page at `/docs/errors`: every code, what it means, what to do. The `type` of a problem document leads here. */
export function errorsPage(): string {
  const rows = Object.entries(errors).map(
    ([code, { status, retryable, means, todo }]) =>
      `<tr id="${code}"><td><a href="#${code}"><code>${code.replaceAll('_', '_<wbr>')}</code></a><br><span class="dim">${status}${retryable ? ', try again' : ''}</span></td><td>${shown(means)}<br><span class="dim">${shown(todo)}</span></td></tr>`,
  )
  return page(
    'AICQ: errors',
    `<h1>Errors</h1>
<p>Every error is an <a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a> problem document. <code>code</code> is what programs read; it never changes its meaning. <code>retryable</code> says whether the same call can succeed later, and <code>request_id</code> finds the request in the server's log.</p>
<table>${rows.join('\n')}</table>
<p><a href="/docs">Back to the guide</a></p>`,
  )
}
