import { StartError } from './storage/start-error.ts'

/** Says in words of the operator why a server cannot listen; another failure comes back as it is. */
export function explainListening(error: unknown, host: string, port: number): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new StartError(
        `PORT=${port} is in use at ${host}: stop what listens there, or set another PORT (0 takes a free one).`,
      )
    case 'EACCES':
      return new StartError(`PORT=${port} is not open to this user: set a PORT from 1024 on.`)
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new StartError(
        `HOST=${host} is not an address of this machine: set HOST to one, such as 127.0.0.1, or 0.0.0.0 for all.`,
      )
    default:
      return error
  }
}
