-- The serving role may not change tables; these functions may, and do nothing else. Each is tried again every minute.
-- lock_timeout: a DROP that waits behind a slow reader stops every post that comes after it.

create function day_name(prefix text, day bigint) returns text language sql immutable as
  $$ select prefix || to_char(to_timestamp(day * 86400) at time zone 'UTC', 'YYYYMMDD') $$;

-- The smallest uuid that a ULID of that day (days since 1970) can be.
create function ulid_floor(day bigint) returns uuid language sql immutable as
  $$ select (lpad(to_hex(day * 86400000), 12, '0') || repeat('0', 20))::uuid $$;

-- Makes the partitions of messages 32 days ahead, of ids and events 3 days ahead, and of yesterday. False if the tables were in use.
create function make_partitions(now_ms bigint) returns boolean language plpgsql
  security definer set search_path = public, pg_temp set lock_timeout = '50ms' as $$
declare
  today bigint := now_ms / 86400000;
begin
  for day in today - 1 .. today + 32 loop
    if to_regclass(day_name('messages_', day)) is null then
      execute format('create table %I partition of messages for values from (%s) to (%s)',
        day_name('messages_', day), day * 86400000::bigint, (day + 1) * 86400000::bigint);
    end if;
    continue when day > today + 3;
    if to_regclass(day_name('message_ids_', day)) is null then
      execute format('create table %I partition of message_ids for values from (%L) to (%L)',
        day_name('message_ids_', day), ulid_floor(day), ulid_floor(day + 1));
    end if;
    if to_regclass(day_name('events_', day)) is null then
      execute format('create table %I partition of events for values from (%s) to (%s)',
        day_name('events_', day), day * 86400000::bigint, (day + 1) * 86400000::bigint);
    end if;
  end loop;
  return true;
exception when lock_not_available then
  return false;
end $$;

-- Names of the partitions that hold nothing any more: messages that have expired, events older than their retention, ids whose
-- messages have all expired.
create function spent_partitions(now_ms bigint, event_retention bigint) returns setof text language plpgsql stable
  security definer set search_path = public, pg_temp as $$
declare
  today bigint := now_ms / 86400000;
  part text;
  alive boolean;
begin
  return query select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'messages'::regclass and c.relname < day_name('messages_', today);
  return query select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'events'::regclass and c.relname < day_name('events_', (now_ms - event_retention) / 86400000);
  for part in select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'message_ids'::regclass and c.relname < day_name('message_ids_', today - 1) loop
    execute format('select exists (select from %I where expires_at > $1)', part) into alive using now_ms;
    if not alive then return next part; end if;
  end loop;
end $$;

-- Drops one partition if it is spent; false if it is not, or is in use just now.
create function drop_partition(part text, now_ms bigint, event_retention bigint) returns boolean language plpgsql
  security definer set search_path = public, pg_temp set lock_timeout = '50ms' as $$
begin
  if part not in (select spent_partitions(now_ms, event_retention)) then return false; end if;
  execute format('drop table %I', part);
  return true;
exception when lock_not_available then
  return false;
end $$;

-- Empties the table of nonces whose turn comes next; false if it is in use just now.
create function empty_next_nonces(now_ms bigint) returns boolean language plpgsql
  security definer set search_path = public, pg_temp set lock_timeout = '50ms' as $$
declare
  part text := 'nonces_' || (nonce_slot(now_ms) + 1) % 3;
  used boolean;
begin
  execute format('select exists (select from %I)', part) into used;
  if used then execute format('truncate %I', part); end if;
  return true;
exception when lock_not_available then
  return false;
end $$;
