-- What became of messages for those for whom they are (spec/receipts.md). Partitioned as messages are: a receipt goes with its message.
create table receipts (
  expires_at bigint not null,                 -- when the message expires
  message_id uuid not null,
  agent_id uuid not null,
  delivered_at bigint not null,
  seen_at bigint,
  outcome text check (outcome in ('done', 'failed')),
  ended_at bigint,                            -- when the agent said so
  note text,
  primary key (message_id, agent_id, expires_at),
  check ((outcome is null) = (ended_at is null) and (outcome is null or seen_at is not null) and (note is null or outcome is not null))
) partition by range (expires_at);
create index receipts_of_agent on receipts (agent_id, message_id);

-- Makes the partitions of messages, direct messages and receipts 32 days ahead, of ids and events 3 days ahead, and of yesterday. False if the tables were in use.
create or replace function make_partitions(now_ms bigint) returns boolean language plpgsql
  security definer set search_path = public, pg_temp set lock_timeout = '50ms' as $$
declare
  today bigint := now_ms / 86400000;
  parted text;
begin
  for day in today - 1 .. today + 32 loop
    foreach parted in array array['messages', 'dms', 'receipts'] loop
      if to_regclass(day_name(parted || '_', day)) is null then
        execute format('create table %I partition of %I for values from (%s) to (%s)',
          day_name(parted || '_', day), parted, day * 86400000::bigint, (day + 1) * 86400000::bigint);
      end if;
    end loop;
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

-- Names of the partitions that hold nothing any more: messages and direct messages that have expired and what became of them, events older
-- than their retention, ids whose messages have all expired.
create or replace function spent_partitions(now_ms bigint, event_retention bigint) returns setof text language plpgsql stable
  security definer set search_path = public, pg_temp as $$
declare
  today bigint := now_ms / 86400000;
  parted text;
  part text;
  alive boolean;
begin
  foreach parted in array array['messages', 'dms', 'receipts'] loop
    return query select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = parted::regclass and c.relname < day_name(parted || '_', today);
  end loop;
  return query select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'events'::regclass and c.relname < day_name('events_', (now_ms - event_retention) / 86400000);
  for part in select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'message_ids'::regclass and c.relname < day_name('message_ids_', today - 1) loop
    execute format('select exists (select from %I where expires_at > $1)', part) into alive using now_ms;
    if not alive then return next part; end if;
  end loop;
end $$;

-- Deletes a part of what an erased agent said and was told, of what became of it, and of what the agent said became of the messages of
-- others, at most so many of each; ids stay as tombstones of nobody. Says how many it found; when there are none left, the agent's row
-- goes. Each part is a transaction of its own.
create or replace function erase_part(erased uuid, most int) returns int language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off  -- or a plan made on empty tables is kept
as $$
declare
  nobody constant uuid := '00000000-0000-0000-0000-000000000000';
  found_ids int;
  found_receipts int;
begin
  perform from agents where id = erased and erased_at is not null for update;  -- one at a time
  if not found then return 0; end if;
  with part as materialized (
    (select id, room_id, recipient, author, seq, expires_at from message_ids where author = erased order by id limit most)
    union
    (select id, room_id, recipient, author, seq, expires_at from message_ids where recipient = erased order by id limit most)
  ),
  said as (
    delete from messages m using part p where m.expires_at = p.expires_at and m.room_id = p.room_id and m.seq = p.seq
  ),
  told as (
    delete from dms d using part p where d.expires_at = p.expires_at and d.recipient = p.recipient and d.ts = p.seq
  ),
  acknowledged as (
    delete from receipts r using part p where r.expires_at = p.expires_at and r.message_id = p.id
  ),
  kept as (
    update message_ids i
       set deleted = true, author = case when p.author = erased then nobody else p.author end,
           recipient = case when p.recipient is not null then nobody end
      from part p where i.id = p.id returning i.id
  )
  select count(*) into found_ids from kept;
  with part as materialized (
    select expires_at, message_id from receipts where agent_id = erased order by message_id limit most
  ),
  gone as (
    delete from receipts r using part p
     where r.expires_at = p.expires_at and r.message_id = p.message_id and r.agent_id = erased returning r.message_id
  )
  select count(*) into found_receipts from gone;
  if found_ids + found_receipts = 0 then delete from agents where id = erased; end if;
  return found_ids + found_receipts;
end $$;
