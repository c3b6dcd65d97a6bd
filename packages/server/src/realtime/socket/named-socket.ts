import { closeCodes } from '@aicq/protocol'
import { WebSocket } from 'ws'
import type { Connection } from './connection.ts'

/** A WebSocket whose closing frames carry the name of their code, also where the library closes it. */
export class NamedSocket extends WebSocket {
  declare connection: Connection

  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason ?? (closeCodes as Record<number, { name: string }>)[code ?? 0]?.name)
  }
}
