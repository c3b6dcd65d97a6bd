/**
 * What a text costs, in sixths of a token. It errs on the dear side for common tokenizers: three small letters or spaces are a token,
 * one and a half digits, capitals or signs (ids are made of them), and two bytes of anything that is not ASCII.
 */
export function weigh(text: string): number {
  let sixths = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code >= 0x80) sixths += code < 0x800 ? 6 : isSurrogate(code) ? 6 : 9
    else sixths += code === 0x20 || (code >= 0x61 && code <= 0x7a) ? 2 : 4
  }
  return sixths
}

/** Half of a character of four bytes. */
const isSurrogate = (code: number) => code >= 0xd800 && code <= 0xdfff

/** Tokens of a text, as an estimate that errs on the dear side. */
export const tokensOf = (text: string): number => Math.ceil(weigh(text) / 6)

/** Sixths of a token in so many tokens. */
export const sixths = (tokens: number): number => tokens * 6
