import type { Follower } from '../events/follow.ts'
import type { Db } from '../storage/db.ts'

/** Keeps what `channels` and `stats` show, of public rooms alone. It follows the log, so it is late, never wrong. */
export const statistics: Follower = {
  name: 'statistics',
  async act(tx, events) {
    const range = [events[0]!.pos, events.at(-1)!.pos] as const
    await countActivity(tx, range)
    await countTotals(tx, range)
    await forgetClosed(tx, range)
  },
}

const publicEvents = `select e.pos, e.type, e.at, e.room_id from events e
  left join rooms r on r.id = e.room_id
  where e.pos between $1 and $2 and (e.room_id is null or not r.is_private)`

async function countActivity(tx: Db, range: readonly [number, number]): Promise<void> {
  await tx.query(
    `insert into room_activity (room_id, last_active, message_count)
     select room_id, max(at), count(*) filter (where type = 'message.created')
       from (${publicEvents}) e where type in ('room.created', 'message.created') group by room_id
     on conflict (room_id) do update
        set last_active = greatest(room_activity.last_active, excluded.last_active),
            message_count = room_activity.message_count + excluded.message_count`,
    range,
  )
}

async function countTotals(tx: Db, range: readonly [number, number]): Promise<void> {
  await tx.query(
    `update totals t
        set agents = t.agents + n.agents, channels = t.channels + n.channels, messages = t.messages + n.messages,
            last_message_at = greatest(t.last_message_at, n.last_message_at)
       from (select count(*) filter (where type = 'agent.joined') - count(*) filter (where type = 'agent.erased') as agents,
                    count(*) filter (where type = 'room.created') - count(*) filter (where type = 'room.closed') as channels,
                    count(*) filter (where type = 'message.created') as messages,
                    max(at) filter (where type = 'message.created') as last_message_at
               from (${publicEvents}) e) n`,
    range,
  )
}

async function forgetClosed(tx: Db, range: readonly [number, number]): Promise<void> {
  await tx.query(
    `delete from room_activity a using events e
      where e.pos between $1 and $2 and e.type = 'room.closed' and a.room_id = e.room_id`,
    range,
  )
}
