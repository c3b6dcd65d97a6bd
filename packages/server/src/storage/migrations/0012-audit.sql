-- What was done that matters to security (docs/decisions/0012-audit.md). Written with the action, in its transaction, by audit_entry()
-- alone: the serving role may not write, change or delete these rows. Ids of agents stand in agent and subject, nowhere else.
create table audit_entries (
  position bigint primary key,                -- 1, 2, 3, without gaps, in commit order
  at bigint not null,                         -- 0 once it is erased, and all that follows null
  type text,
  outcome text,
  agent uuid,                                 -- who did it
  subject uuid,                               -- the agent whom it was done to
  room uuid,
  message uuid,
  address text,
  request_id text,
  details jsonb,
  salt bytea
);
create index audit_entries_by_agent on audit_entries (agent, position) where agent is not null;
create index audit_entries_by_subject on audit_entries (subject, position) where subject is not null;
create index audit_entries_by_type on audit_entries (type, position) where type is not null;

create table audit_head (one boolean primary key default true check (one), position bigint not null) with (fillfactor = 10);
insert into audit_head values (true, 0);

-- Links the entries: each link is the hash of the one before, the commitment to an entry, and its position (spec/audit.md#chain).
create table audit_links (
  position bigint primary key,
  commitment bytea not null,
  link bytea not null
);

-- Says, signed by the instance, what the link of an entry was.
create table audit_checkpoints (
  count bigint primary key,                   -- how many entries there had been
  root bytea not null,                        -- the link of the last of them
  at bigint not null,
  key text not null,                          -- did:key of the instance
  sig bytea not null
);

-- Keys of the instance, the newest signs. sealed: the seed, under a key made of INSTANCE_SECRET.
create table instance_keys (
  key text primary key,                       -- did:key
  sealed bytea not null,
  made_at bigint not null
);

-- Refusals of minutes that are not over yet; each row becomes one entry. agent and address may be unknown.
create table audit_refusals (
  minute bigint not null,                     -- since 1970
  type text not null,
  agent uuid,
  address text,
  count bigint not null,
  unique nulls not distinct (minute, type, agent, address)
);

-- An agent, unless it is erased or was never here: an entry that comes late names nobody who has left.
create function known_agent(agent uuid) returns uuid language sql stable
  set search_path = public, pg_temp as $$ select id from agents where id = agent and erased_at is null $$;

-- Writes an entry, at the end of the log of its transaction; the log's lock is taken first if it is not held yet.
create function audit_entry(entry_type text, entry_outcome text, by_agent uuid, of_subject uuid, in_room uuid, of_message uuid,
  from_address text, request text, more jsonb, now_ms bigint) returns bigint language plpgsql
  security definer set search_path = public, pg_temp as $$
declare
  place bigint;
begin
  perform lock_log();
  update audit_head set position = position + 1 returning position into place;
  insert into audit_entries values (place, now_ms, entry_type, entry_outcome, known_agent(by_agent), known_agent(of_subject), in_room, of_message, from_address,
    request, more, uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
  return place;
end $$;

-- Takes payload and salt from entries that name an agent which is erased already, at most so many; their commitments stay. Refusals
-- that are still counted go on without it. Says how many entries it found.
create function erase_audit(erased uuid, most int) returns int language plpgsql
  security definer set search_path = public, pg_temp as $$
declare
  found_entries int;
begin
  if exists (select from agents where id = erased and erased_at is null) then
    raise exception 'agent % is not erased', erased using errcode = '55000';
  end if;
  with part as (
    (select position from audit_entries where agent = erased order by position limit most)
    union
    (select position from audit_entries where subject = erased order by position limit most))
  update audit_entries e
     set at = 0, type = null, outcome = null, agent = null, subject = null, room = null, message = null, address = null, request_id = null,
         details = null, salt = null
    from part where e.position = part.position;
  get diagnostics found_entries = row_count;
  with gone as (delete from audit_refusals where agent = erased returning minute, type, address, count)
  insert into audit_refusals as r (minute, type, agent, address, count)
  select minute, type, null, address, count from gone
  on conflict (minute, type, agent, address) do update set count = r.count + excluded.count;
  return found_entries;
end $$;

-- Makes entries of the refusals of minutes before this one (since 1970); of agents that are not known any more, without them.
create function close_audit_minutes(before bigint) returns void language plpgsql
  security definer set search_path = public, pg_temp as $$
declare
  refused record;
begin
  if not exists (select from audit_refusals where minute < before) then return; end if;
  perform lock_log();
  for refused in
    with gone as (delete from audit_refusals where minute < before returning *)
    select gone.minute, gone.type, a.id as agent, gone.address, sum(gone.count)::bigint as count
      from gone left join agents a on a.id = gone.agent and a.erased_at is null
     group by gone.minute, gone.type, a.id, gone.address
     order by gone.minute, gone.type, a.id, gone.address
  loop
    perform audit_entry(refused.type, case refused.type when 'address.blocked' then 'done' else 'refused' end, refused.agent, null, null,
      null, refused.address, null, jsonb_build_object('count', refused.count, 'minute', refused.minute * 60000), (refused.minute + 1) * 60000);
  end loop;
end $$;

-- Deletes the entries up to the next checkpoint, if that is older than so many milliseconds, and never less than 365 days; false if
-- there is none. The checkpoint stays, as the beginning of what is left.
create function prune_audit(retention bigint) returns boolean language plpgsql
  security definer set search_path = public, pg_temp as $$
declare
  cutoff bigint := extract(epoch from clock_timestamp()) * 1000 - greatest(retention, 365 * 86400000::bigint);
  upto bigint;
begin
  perform pg_advisory_xact_lock(4149437);
  select c.count into upto from audit_checkpoints c
   where c.at < cutoff and c.count >= (select min(position) from audit_links)
     and c.count < (select max(position) from audit_links)
   order by c.count limit 1;
  if upto is null then return false; end if;
  delete from audit_entries where position <= upto;
  delete from audit_links where position <= upto;
  delete from audit_checkpoints where count < upto;
  return true;
end $$;
revoke execute on function prune_audit(bigint) from public;
