-- Direct messages, which only their recipient can read. Partitioned as messages are; message_ids promises that an id is used once.
create table dms (
  id uuid not null,
  author uuid not null,
  author_key int not null,                    -- the version of the author's key
  recipient uuid not null,
  recipient_key int,                          -- the version of the key for which it was encrypted, if the author signed that
  body text not null,                         -- ciphertext
  authority text,                             -- for which server it was signed
  created bigint not null,                    -- by the author's clock
  ts bigint not null,                         -- of its event: no two are the same
  sig bytea,
  expires_at bigint not null
) partition by range (expires_at);
create index dms_received on dms (recipient, ts desc);
create index dms_sent on dms (author, ts desc);
create index dms_between on dms (recipient, author, ts desc);

-- An id is of a message in a room, or of a direct message, whose seq is its ts.
alter table message_ids alter column room_id drop not null, add column recipient uuid;
alter table message_ids add constraint message_ids_place check ((room_id is null) <> (recipient is null)) not valid;

-- Makes the partitions of messages and direct messages 32 days ahead, of ids and events 3 days ahead, and of yesterday. False if the tables were in use.
create or replace function make_partitions(now_ms bigint) returns boolean language plpgsql
  security definer set search_path = public, pg_temp set lock_timeout = '50ms' as $$
declare
  today bigint := now_ms / 86400000;
begin
  for day in today - 1 .. today + 32 loop
    if to_regclass(day_name('messages_', day)) is null then
      execute format('create table %I partition of messages for values from (%s) to (%s)',
        day_name('messages_', day), day * 86400000::bigint, (day + 1) * 86400000::bigint);
    end if;
    if to_regclass(day_name('dms_', day)) is null then
      execute format('create table %I partition of dms for values from (%s) to (%s)',
        day_name('dms_', day), day * 86400000::bigint, (day + 1) * 86400000::bigint);
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

-- Names of the partitions that hold nothing any more: messages and direct messages that have expired, events older than their retention, ids whose
-- messages have all expired.
create or replace function spent_partitions(now_ms bigint, event_retention bigint) returns setof text language plpgsql stable
  security definer set search_path = public, pg_temp as $$
declare
  today bigint := now_ms / 86400000;
  part text;
  alive boolean;
begin
  return query select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'messages'::regclass and c.relname < day_name('messages_', today);
  return query select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'dms'::regclass and c.relname < day_name('dms_', today);
  return query select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'events'::regclass and c.relname < day_name('events_', (now_ms - event_retention) / 86400000);
  for part in select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'message_ids'::regclass and c.relname < day_name('message_ids_', today - 1) loop
    execute format('select exists (select from %I where expires_at > $1)', part) into alive using now_ms;
    if not alive then return next part; end if;
  end loop;
end $$;
