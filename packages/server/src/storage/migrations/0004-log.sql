-- The log: one order for every change. pos comes from this row, under one lock, so commit order is pos order and a reader of
-- pos > cursor never misses a row that commits late. at rises with every append, even while the clock stands or was set back.
create table log_head (
  one boolean primary key default true check (one),
  pos bigint not null,
  at bigint not null
) with (fillfactor = 10);
insert into log_head values (true, 0, 0);

-- An event refers to its message and does not copy it: erasing the message erases it everywhere.
create table events (
  pos bigint not null,
  type text not null,
  at bigint not null,                         -- milliseconds; never falls as pos rises
  room_id uuid,
  agent_id uuid,
  ref uuid
) partition by range (at);
create index events_by_pos on events (pos);
create index events_in_room on events (room_id, pos) where room_id is not null;

-- Nonces of writes. Three tables in turn, five minutes each: the one that comes next is emptied before its turn, when all in it
-- has run out. Uniqueness needs no index: every claim is made under the log's lock.
create table nonces (
  slot smallint not null,
  agent_id uuid not null,
  nonce text not null,
  until bigint not null
) partition by list (slot);
create table nonces_0 partition of nonces for values in (0);
create table nonces_1 partition of nonces for values in (1);
create table nonces_2 partition of nonces for values in (2);
create index nonces_claimed on nonces (agent_id, nonce);

create function nonce_slot(now_ms bigint) returns smallint language sql immutable as
  $$ select ((now_ms / 300000) % 3)::smallint $$;

create function lock_log() returns void language sql as
  $$ select pg_advisory_xact_lock(4149435) $$;

-- Opens a write: takes the log's lock (always the first lock of a transaction that will append), then, in a statement with a
-- newer snapshot than the lock, checks the caller's key and claims the nonce. Says 'ok', 'agent' or 'nonce'.
create function begin_write(caller uuid, version int, request_nonce text, now_ms bigint) returns text language plpgsql as $$
begin
  perform lock_log();
  if version is not null and not exists (
    select from agents where id = caller and key_version = version and erased_at is null) then
    return 'agent';
  end if;
  if request_nonce is not null then
    if exists (select from nonces where agent_id = caller and nonce = request_nonce and until > now_ms) then
      return 'nonce';
    end if;
    insert into nonces values (nonce_slot(now_ms), caller, request_nonce, now_ms + 240000);
  end if;
  return 'ok';
end $$;

-- Appends one event; the caller holds the log's lock.
create function append_event(event_type text, room uuid, agent uuid, reference uuid, now_ms bigint) returns bigint language sql as $$
  with head as (update log_head set pos = pos + 1, at = greatest(at + 1, now_ms) returning pos, at)
  insert into events (pos, type, at, room_id, agent_id, ref)
  select head.pos, event_type, head.at, room, agent, reference from head
  returning pos
$$;
