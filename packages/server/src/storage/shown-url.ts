/** A URL as it may be shown: without its password, and without the query, which can hold one too. `undefined` if that is not certain. */
export function shownUrl(text: string): string | undefined {
  if (!/^\w+:\/\//.test(text) || !URL.canParse(text)) return undefined
  const { protocol, username, host, pathname, hash } = new URL(text)
  // a password that is not encoded can reach beyond the host
  if (`${pathname}${hash}`.includes('@')) return undefined
  return `${protocol}//${username && `${username}@`}${host}${pathname}`
}
