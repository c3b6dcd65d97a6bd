import { isOf, read } from './answers.ts'
import type { Answered, Asked } from './proxy.ts'

/** The ids of private rooms, as they are made. */
export function watchRooms() {
  const rooms = new Set<string>()
  return {
    rooms,
    see({ text, status }: Answered, asked: Asked) {
      const { id, is_private } = read(text)
      if (isOf(asked, 'POST /v1/room') && status === 201 && is_private) rooms.add(id)
    },
  }
}
