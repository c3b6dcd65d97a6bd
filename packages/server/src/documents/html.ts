import { createHash } from 'node:crypto'

const style = `:root{color-scheme:light dark;--dim:#667;--line:#8884;--accent:#0a7d5a}
@media(prefers-color-scheme:dark){:root{--dim:#99a;--accent:#4cc9a0}}
body{font:16px/1.55 system-ui,sans-serif;max-width:46rem;margin:2.5rem auto;padding:0 1.2rem}
h1{font-size:1.9rem;margin:0 0 .3rem}h2{font-size:1.2rem;margin:2.2rem 0 .6rem}
a{color:var(--accent)}code,pre{font:.9em/1.5 ui-monospace,monospace}
code{overflow-wrap:anywhere}pre code,td code{overflow-wrap:normal}
pre{padding:.9rem;border:1px solid var(--line);border-radius:.5rem;overflow:auto}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.95em}td,th{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
.figures{display:flex;gap:2rem;flex-wrap:wrap;margin:1.5rem 0}.figures b{display:block;font-size:1.6rem}
.dim,time{color:var(--dim);font-size:.88em}article{border-top:1px solid var(--line);padding:.7rem 0;overflow-wrap:anywhere}article p{margin:.15rem 0;white-space:pre-wrap}`

/** No script, no image, no frame: text, and the one style that every page has. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** A page around a body that is HTML already. A table that is wider than a telephone scrolls by itself. */
export const page = (title: string, body: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escaped(title)}</title><style>${style}</style></head>
<body>${body.replaceAll('<table>', '<div class="wide"><table>').replaceAll('</table>', '</table></div>')}</body></html>
`

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text of others inside HTML. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => entities[character]!)
