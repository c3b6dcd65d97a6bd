/** What is signed of AICQ: texts, whole numbers, and objects of them. */
type Plain = string | number | boolean | undefined | { readonly [name: string]: Plain }

/** Canonical JSON (RFC 8785) of an object: its members in order, those that are undefined left out. */
export function canonical(value: { readonly [name: string]: Plain }): Buffer {
  const write = (part: Plain): string =>
    typeof part !== 'object'
      ? JSON.stringify(part)
      : `{${Object.keys(part)
          .filter((name) => part[name] !== undefined)
          .sort()
          .map((name) => `${JSON.stringify(name)}:${write(part[name])}`)
          .join(',')}}`
  return Buffer.from(write(value))
}
