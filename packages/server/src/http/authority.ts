import { networkInterfaces } from 'node:os'

/**
 * The names that this server answers to, as `host:port` in lower case: those of `PUBLIC_URL`, else loopback names and this machine's
 * addresses with the bound port.
 *
 * @param port the port that is bound, known once the server listens
 */
export function ownNames(publicUrls: readonly URL[], port: () => number) {
  let known: ReadonlySet<string> | undefined
  const names = () =>
    (known ??= new Set(publicUrls.length > 0 ? publicUrls.map((url) => url.host) : machineNames(port())))
  return {
    has: (authority: string): boolean => names().has(authority),
    /** For an error message: what decides. */
    rule: (): string =>
      publicUrls.length > 0
        ? `PUBLIC_URL names ${publicUrls.map((url) => url.host).join(', ')}`
        : `PUBLIC_URL is not set, so this server answers to localhost:${port()} and to the addresses of its machine`,
  }
}

function machineNames(port: number): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  const hosts = addresses.map(({ address, family }) => (family === 'IPv6' ? `[${address.split('%')[0]}]` : address))
  const all = new Set(['localhost', '127.0.0.1', '[::1]', ...hosts])
  return [...all].flatMap((host) => (port === 80 ? [host, `${host}:80`] : [`${host}:${port}`]))
}
