import { slots, steps } from '../window.ts'

/** A script that Redis runs as one. */
export interface Script {
  readonly name: string
  /** How many keys it has; left out: that is said with each call. */
  readonly keys?: number
  readonly lua: string
}

/**
 * Answers any number of questions, each by one text. The first word is the time (ms); then for each question its name and its words, with
 * its keys in the same order:
 *
 * - `take`, a count, then max, window (s) and cost of each of so many budgets. Takes from them, all or none. Each is a hash of what was
 *   taken by number of step, as window.ts counts. Says for each whether there was enough, then `used`, `wait` and `reset` (ms).
 * - `look`. Says what the key holds, or 0.
 * - `claim`, milliseconds. Says 1 if the key was free; then it is not until that time has passed.
 */
export const answer: Script = {
  name: 'aicqAnswer',
  lua: `
    local now, words, keys, reply = tonumber(ARGV[1]), 1, 0, {}
    local function word() words = words + 1 return ARGV[words] end
    local function key() keys = keys + 1 return KEYS[keys] end

    local function read()
      local one = { key = key(), max = tonumber(word()), window = tonumber(word()), cost = tonumber(word()), taken = {}, used = 0 }
      one.step = one.window * 1000 / ${steps}
      one.newest = math.floor(now / one.step)
      local flat = redis.call('HGETALL', one.key)
      for at = 1, #flat, 2 do one.newest = math.max(one.newest, tonumber(flat[at])) end
      for at = 1, #flat, 2 do
        local step, count = tonumber(flat[at]), tonumber(flat[at + 1])
        if step > one.newest - ${slots} then
          one.taken[step] = count
          one.used = one.used + count
        else
          redis.call('HDEL', one.key, flat[at])
        end
      end
      one.enough = one.cost <= 0 or one.used + one.cost <= one.max
      return one
    end

    local function change(one, step, by)
      one.taken[step] = (one.taken[step] or 0) + by
      one.used = one.used + by
      redis.call('HSET', one.key, string.format('%d', step), one.taken[step])
    end

    local function pay(one)
      if one.cost > 0 then
        change(one, one.newest, one.cost)
        redis.call('PEXPIRE', one.key, math.ceil(one.step * ${slots}))
        return
      end
      local rest = -one.cost
      for step = one.newest, one.newest - ${steps}, -1 do
        local given = math.min(one.taken[step] or 0, rest)
        if given > 0 then
          change(one, step, -given)
          rest = rest - given
        end
      end
    end

    local function back(one, amount)
      if amount <= 0 then return 0 end
      local step, sum = one.newest - ${steps}, 0
      while step < one.newest do
        sum = sum + (one.taken[step] or 0)
        if sum >= amount then break end
        step = step + 1
      end
      return (step + ${slots}) * one.step - now
    end

    local function take()
      local all, found, said = true, {}, {}
      for at = 1, tonumber(word()) do
        found[at] = read()
        all = all and found[at].enough
      end
      for at, one in ipairs(found) do
        if all then pay(one) end
        local wait = one.enough and 0 or back(one, one.used + one.cost - one.max)
        said[at] = string.format('%d %d %.17g %.17g', one.enough and 1 or 0, one.used, wait, back(one, one.used))
      end
      return table.concat(said, ' ')
    end

    while words < #ARGV do
      local what = word()
      if what == 'take' then reply[#reply + 1] = take()
      elseif what == 'look' then reply[#reply + 1] = redis.call('GET', key()) or '0'
      else reply[#reply + 1] = redis.call('SET', key(), 1, 'PX', word(), 'NX') and '1' or '0'
      end
    end
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
