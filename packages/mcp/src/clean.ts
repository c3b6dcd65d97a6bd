/** What joins letters, or chooses how an emoji looks, and is not seen by itself. */
const joiner = '(?:[\\u200c\\u200d]|[\\ufe0e\\ufe0f])'

/** Control characters but line ends and tabs, and the invisible ones, which turn the direction of writing or hide a text. */
const hidden = new RegExp(`(?!\\n|\\t|${joiner})[\\p{Cc}\\p{Cf}\\p{Default_Ignorable_Code_Point}\\u2028\\u2029]`, 'gu')

/** One joiner after another, in which a text may hide as well; emojis need no more than a look and a joint. */
const stacked = new RegExp(`(?<=${joiner})(?!(?<=\\ufe0f)\\u200d)${joiner}`, 'gu')

/** What begins like a fence, in any spelling that a reader could take for one. */
const lookalike = new RegExp(
  `[<\uff1c\u2039\u3008\ufe64](?=(?:[\\s/\uff0f\u2044\u2215]|${joiner})*${[...'untrusted'].join(`${joiner}*`)})`,
  'giu',
)

/** A text of others without what nobody sees. */
export const visible = (text: string): string =>
  text.toWellFormed().replaceAll(/\r\n?/g, '\n').replaceAll(hidden, '').replaceAll(stacked, '')

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
