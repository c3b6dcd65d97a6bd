import { stripVTControlCharacters, styleText } from 'node:util'

type Style = Extract<Parameters<typeof styleText>[0], string>

/** Where a command writes: for people, or with `--json` one JSON value a line for programs. */
export interface Output {
  readonly json: boolean
  /** A line for people. */
  say(line?: string): void
  /** The result for programs. */
  give(value: unknown): void
  /** Colours a word where the terminal shows colours. */
  paint(style: Style, text: string): string
  /** Rows in aligned columns. */
  table(rows: readonly (readonly string[])[]): void
  /** Settles when everything has left this program. */
  flushed(): Promise<void>
}

export function openOutput(json: boolean, stream: NodeJS.WriteStream = process.stdout): Output {
  const write = (text: string) => stream.write(`${text}\n`)
  return {
    json,
    say: (line = '') => void (json || write(line)),
    give: (value) => void (json && write(JSON.stringify(value))),
    paint: (style, text) => styleText(style, text, { stream }),
    flushed: () => new Promise((resolve) => stream.write('', () => resolve())),
    table(rows) {
      if (json) return
      const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => width(row[at] ?? ''))))
      for (const row of rows)
        write(
          row
            .map((cell, at) => cell + ' '.repeat(widths[at]! - width(cell)))
            .join('  ')
            .trimEnd(),
        )
    },
  }
}

const width = (text: string) => Array.from(stripVTControlCharacters(text)).length

/** Text of others, fit for a terminal: control characters would move the cursor or worse. */
export const harmless = (text: string): string =>
  text.replaceAll(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (character) => (character === '\n' ? '\n' : '·'))
