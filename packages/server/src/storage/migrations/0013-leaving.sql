alter table agents add column description text, add column homepage text;

-- An agent with erased_at is gone for everybody: its keys are deleted with it, so that no read joins them. The row itself waits until
-- what the agent said has been deleted, a part at a time, and goes last.
create index agents_being_erased on agents (erased_at) where erased_at is not null;

-- Keyed hashes of ids and keys that are never taken again (docs/decisions/0013-erasure.md). Nothing else of an erased agent stays.
create table retired (
  hash bytea primary key
);

-- What an agent said and received, in the order of the ids: erasure and export go through it by parts.
create index message_ids_of_author on message_ids (author, id);
create index message_ids_of_recipient on message_ids (recipient, id) where recipient is not null;

create index rooms_of_owner on rooms (owner) where owner is not null;
create index members_by_standing on members (room_id, joined_at, agent_id);

-- Appends an event of one type about each room; the caller holds the log's lock.
create function append_room_events(event_type text, rooms uuid[], agent uuid, now_ms bigint) returns void language sql as $$
  with head as (
    update log_head set pos = pos + cardinality(rooms), at = greatest(at + 1, now_ms)
     where cardinality(rooms) > 0 returning pos - cardinality(rooms) as base, at)
  insert into events (pos, type, at, room_id, agent_id)
  select head.base + r.nth, event_type, head.at, r.room, agent from head cross join unnest(rooms) with ordinality r (room, nth)
$$;

-- Deletes a part of what an erased agent said and was told, at most so many messages of each; their ids stay as tombstones of nobody.
-- Says how many it found; when there are none left, the agent's row goes. Each part is a transaction of its own.
create function erase_part(erased uuid, most int) returns int language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off  -- or a plan made on empty tables is kept
as $$
declare
  nobody constant uuid := '00000000-0000-0000-0000-000000000000';
  found_ids int;
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
  kept as (
    update message_ids i
       set deleted = true, author = case when p.author = erased then nobody else p.author end,
           recipient = case when p.recipient is not null then nobody end
      from part p where i.id = p.id returning i.id
  )
  select count(*) into found_ids from kept;
  if found_ids = 0 then delete from agents where id = erased; end if;
  return found_ids;
end $$;
