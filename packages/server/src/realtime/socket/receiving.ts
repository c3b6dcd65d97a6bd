import { answerJsonRpc } from '../../http/json-rpc.ts'
import type { Connection } from './connection.ts'
import { type MethodOptions, methodsOf } from './methods.ts'

/** Takes a frame of a connection. Replies come in any order; while too much is being done for it, the connection is not read. */
export function takeFrame(connection: Connection, frame: Buffer, options: MethodOptions): void {
  if (!connection.isOpen || connection.isLeaving) return
  connection.queue ??= []
  connection.queue.push(frame)
  goOn(connection, options)
}

function goOn(connection: Connection, options: MethodOptions): void {
  const { ws } = connection
  while (connection.queue && connection.isOpen && !connection.isFull) {
    const frame = connection.queue.shift()
    if (frame) void answer(connection, frame, options)
    else connection.queue = undefined
  }
  if (connection.isFull) ws.pause()
  else if (ws.isPaused) ws.resume()
}

async function answer(connection: Connection, frame: Buffer, options: MethodOptions): Promise<void> {
  connection.frames++
  const again = () => goOn(connection, options)
  const text = await answerJsonRpc(frame, methodsOf(connection, options))
  connection.frames--
  if (text !== undefined) connection.reply(text, again)
  if (connection.isLeaving) connection.leave()
  else again()
}
