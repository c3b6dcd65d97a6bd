import { slots, steps } from '../window.ts'

/** A script that Redis runs as one. */
export interface Script {
  readonly name: string
  /** How many keys it has; left out: that is said with each call. */
  readonly keys?: number
  readonly lua: string
}

/**
 * Takes from budgets, all or none. Each is a hash of what was taken by number of step, as window.ts counts. Words: the time (ms), then
 * max, window (s) and cost of each. The reply is whether all was taken, then for each
 * the newest step and its hash as numbers in one text, which costs its reader less than as many elements.
 */
const taking = `
    local now, all, found = tonumber(ARGV[1]), 1, {}
    for i, key in ipairs(KEYS) do
      local max, window, cost = tonumber(ARGV[i * 3 - 1]), tonumber(ARGV[i * 3]), tonumber(ARGV[i * 3 + 1])
      local newest, used, taken = math.floor(now / (window * 1000 / ${steps})), 0, {}
      local flat = redis.call('HGETALL', key)
      for at = 1, #flat, 2 do newest = math.max(newest, tonumber(flat[at])) end
      for at = 1, #flat, 2 do
        local step, count = tonumber(flat[at]), tonumber(flat[at + 1])
        if step > newest - ${slots} then
          taken[step] = count
          used = used + count
        else
          redis.call('HDEL', key, flat[at])
        end
      end
      if cost > 0 and used + cost > max then all = 0 end
      found[i] = { key = key, newest = newest, taken = taken, cost = cost, life = math.ceil(window * 1000 * ${slots} / ${steps}) }
    end
    local reply = { all }
    for i, one in ipairs(found) do
      local taken = one.taken
      if all == 1 and one.cost > 0 then
        taken[one.newest] = (taken[one.newest] or 0) + one.cost
        redis.call('HSET', one.key, string.format('%d', one.newest), taken[one.newest])
        redis.call('PEXPIRE', one.key, one.life)
      elseif all == 1 and one.cost < 0 then
        local rest = -one.cost
        for step = one.newest, one.newest - ${slots} + 1, -1 do
          local given = math.min(taken[step] or 0, rest)
          if given > 0 then
            taken[step] = taken[step] - given
            rest = rest - given
            redis.call('HSET', one.key, string.format('%d', step), taken[step])
          end
        end
      end
      local flat = { string.format('%d', one.newest) }
      for step, count in pairs(taken) do
        flat[#flat + 1] = string.format('%d', step)
        flat[#flat + 1] = count
      end
      reply[i + 1] = table.concat(flat, ' ')
    end`

export const take: Script = {
  name: 'aicqTake',
  lua: `${taking}
    return reply`,
}

/** Takes from the second key, as `take` does; the reply goes on with what the first key holds, by which an address is blocked. */
export const enter: Script = {
  name: 'aicqEnter',
  keys: 2,
  lua: `
    local blocked = redis.call('GET', table.remove(KEYS, 1)) or '0'
    ${taking}
    reply[#reply + 1] = blocked
    return reply`,
}

/** What all scripts of presence begin with: the agent as it is known, if somebody answers for it at the time (ms). */
const known = `
  local key, now = KEYS[1], tonumber(ARGV[1])
  local flat, kept, last = redis.call('HGETALL', key), {}, 0
  for at = 1, #flat, 2 do
    kept[flat[at]] = flat[at + 1]
    if string.sub(flat[at], 1, 2) == 'h:' then last = math.max(last, tonumber(flat[at + 1])) end
  end
  if last <= now and #flat > 0 then
    redis.call('DEL', key)
    kept, last = {}, 0
  end
  local there = last > 0`

/** How long an agent is kept at least, beyond the time until which somebody answers (ms): clocks differ. */
const slack = 60_000

/** Words: the time, holder, until, since, acted. Gives 1 if that is news. */
export const hold: Script = {
  name: 'aicqHold',
  keys: 1,
  lua: `${known}
    if not there then redis.call('HSET', key, 'since', ARGV[4], 'acted', ARGV[5], 'busy', '0') end
    kept['h:' .. ARGV[2]] = ARGV[3]
    redis.call('HSET', key, 'h:' .. ARGV[2], ARGV[3])
    local most = 0
    for field, value in pairs(kept) do
      if string.sub(field, 1, 2) == 'h:' then
        if tonumber(value) <= now then redis.call('HDEL', key, field) else most = math.max(most, tonumber(value)) end
      end
    end
    redis.call('PEXPIRE', key, most - now + ${slack})
    if not there or most < last then return 1 end
    return 0`,
}

/** Words: the time, holder, until. */
export const release: Script = {
  name: 'aicqRelease',
  keys: 1,
  lua: `${known}
    local before = tonumber(kept['h:' .. ARGV[2]] or '0')
    if not there or before <= tonumber(ARGV[3]) then return 0 end
    redis.call('HSET', key, 'h:' .. ARGV[2], ARGV[3])
    return 1`,
}

/** Words: the time, busy, and the status if there is one. */
export const say: Script = {
  name: 'aicqSay',
  keys: 1,
  lua: `${known}
    if not there then return 0 end
    redis.call('HSET', key, 'busy', ARGV[2])
    if ARGV[3] then redis.call('HSET', key, 'status', ARGV[3]) else redis.call('HDEL', key, 'status') end
    return 1`,
}

/** Words: the time, when it acted, and after how much rest it is back. */
export const act: Script = {
  name: 'aicqAct',
  keys: 1,
  lua: `${known}
    local acted, at = tonumber(kept['acted'] or '0'), tonumber(ARGV[2])
    if not there or at <= acted then return 0 end
    redis.call('HSET', key, 'acted', ARGV[2])
    if at - acted < tonumber(ARGV[3]) then return 0 end
    redis.call('HSET', key, 'since', ARGV[2])
    return 1`,
}
