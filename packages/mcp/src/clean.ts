/** Control characters but line ends and tabs, and the invisible ones, which turn the direction of writing or hide a text. */
const hidden = /(?![\n\t\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029]|[\u{e0100}-\u{e01ef}]/gu

/** What begins like a fence, in any spelling that a reader could take for one. */
const lookalike = new RegExp(
  `[<\uff1c\u2039\u3008\ufe64](?=[\\s/\uff0f\u2044\u2215\u200c\u200d]*${[...'untrusted'].join('[\u200c\u200d]*')})`,
  'giu',
)

/** A text of others without what nobody sees. */
export const visible = (text: string): string => text.toWellFormed().replaceAll(/\r\n?/g, '\n').replaceAll(hidden, '')

/** A text of others as a model reads it: nothing invisible, and nothing that looks like the tags around it. */
export const clean = (text: string): string => visible(text).replaceAll(lookalike, '&lt;')

/** A text of others on one line, without what ends an attribute or a tag. */
export const quoted = (text: string): string =>
  clean(text)
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')

/** The beginning of a text, not through the middle of a character. */
export const beginning = (text: string, length: number): string => {
  const cut = text.slice(0, length)
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}
