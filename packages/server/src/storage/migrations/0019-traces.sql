-- An event carries the trace that it belongs to (W3C Trace Context), so that what agents do because of it can be seen with it.
alter table events add column trace text;

drop function append_event(text, uuid, uuid, uuid, bigint);
-- Appends one event; the caller holds the log's lock.
create function append_event(event_type text, room uuid, agent uuid, reference uuid, now_ms bigint, traceparent text default null)
returns bigint language sql as $$
  with head as (update log_head set pos = pos + 1, at = greatest(at + 1, now_ms) returning pos, at)
  insert into events (pos, type, at, room_id, agent_id, ref, trace)
  select head.pos, event_type, head.at, room, agent, reference, traceparent from head
  returning pos
$$;

-- Appends a batch of posts in one transaction, without a round trip while the log is locked (docs/decisions/0004-append.md).
-- posts: [{author, version, id, room, room_key, type, pid, body, mentions, authority, created, sig, nonce, trace}]; room_key: the version of
-- the room's key that the author has shown, if any; mentions: the keys that the body mentions, or null; trace: the traceparent that
-- its event carries. For each, in order, an outcome:
--   new      stored; seq, ts and root say where          again    the same message is there already
--   taken    the id belongs to another message           deleted  the id belongs to a message that is gone
--   nonce    the request's nonce has been used           agent    the key is not the author's any more
--   room     no such room, or closed to the author       parent   the message it answers is not there
--   twin     the id stands twice in this batch: append it again
create or replace function append_posts(posts json, now_ms bigint)
returns table (ord bigint, outcome text, seq bigint, ts bigint, is_private boolean) language plpgsql
set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off  -- or a plan made on empty tables is kept
as $$
#variable_conflict use_column
begin
  perform lock_log();  -- a statement of its own: the snapshot of the next one is taken after the lock is granted
  return query
  with post as materialized (
    select p.*,
           row_number() over (partition by p.id order by p.ord) as nth_of_id,
           case when p.nonce is not null then row_number() over (partition by p.author, p.nonce order by p.ord) else 1 end as nth_of_nonce
      from rows from (json_to_recordset(posts) as (author uuid, version int, id uuid, room uuid, room_key int, type text, pid uuid, body text,
           mentions text[], authority text, created bigint, sig text, nonce text, trace text)) with ordinality
        as p (author, version, id, room, room_key, type, pid, body, mentions, authority, created, sig, nonce, trace, ord)
  ),
  judged as materialized (
    select p.*, parent.id as parent_id, coalesce(parent.root, parent.id) as root, now_ms + room.retention as expires_at, room.is_private,
           not room.is_private and not member.is_one as joins,
           case
             when p.nth_of_nonce > 1 or (p.nonce is not null and (
               select true from nonces n where n.agent_id = p.author and n.nonce = p.nonce and n.until > now_ms limit 1)) then 'nonce'
             when author.id is null then 'agent'
             when p.nth_of_id > 1 then 'twin'
             when known.id is not null then
               case when known.author <> p.author then 'taken'
                    when known.deleted or known.expires_at <= now_ms then 'deleted'
                    when (select true from messages m
                          where m.expires_at = known.expires_at and m.room_id = known.room_id and m.seq = known.seq
                            and m.room_id = p.room and m.type = p.type and m.body = p.body and m.pid is not distinct from p.pid
                          limit 1) then 'again'
                    else 'taken' end
             when room.id is null or (room.is_private and not member.is_one and room.key_version is distinct from p.room_key) then 'room'
             when p.pid is not null and parent.id is null then 'parent'
             else 'new' end as outcome
      from post p
      left join agents author on author.id = p.author and author.key_version = p.version and author.erased_at is null
      left join rooms room on room.id = p.room and room.closed_at is null
      left join message_ids known on known.id = p.id
      left join message_ids parent on parent.id = p.pid and parent.room_id = p.room and not parent.deleted and parent.expires_at > now_ms
      cross join lateral (select exists (
        select from members m where m.room_id = p.room and m.agent_id = p.author) as is_one) member
  ),
  fresh as materialized (
    select *, row_number() over (partition by room order by ord) as nth_in_room, row_number() over (order by ord) as nth
      from judged where outcome = 'new'
  ),
  newcomer as materialized (
    select room, author, row_number() over () as nth from (select distinct room, author from fresh where joins) pair
  ),
  used as materialized (select (select count(*) from newcomer) as joins, (select count(*) from fresh) as posts),
  head as (
    update log_head set pos = pos + used.joins + used.posts, at = greatest(at + 1, now_ms)
      from used where used.posts > 0
    returning pos - used.joins - used.posts as base, used.joins, at
  ),
  grown as (
    update room_heads h set seq = h.seq + c.posts, members = h.members + c.joins
      from (select room, count(*) as posts, count(distinct author) filter (where joins) as joins from fresh group by room) c
     where h.room_id = c.room
    returning h.room_id, h.seq - c.posts as base
  ),
  placed as materialized (
    select f.*, grown.base + f.nth_in_room as seq, head.at as ts, head.base + head.joins + f.nth as pos
      from fresh f join grown on grown.room_id = f.room cross join head
  ),
  stored as (
    insert into messages (id, room_id, seq, author, key_version, type, pid, root, body, authority, created, ts, sig, expires_at)
    select id, room, seq, author, version, type, pid, root, body, authority, created, ts, decode(sig, 'base64'), expires_at
      from placed order by pos
  ),
  claimed as (
    insert into message_ids (id, author, room_id, seq, root, expires_at)
    select id, author, room, seq, root, expires_at from placed order by pos
  ),
  joined as (
    insert into members (room_id, agent_id, joined_at) select room, author, now_ms from newcomer
  ),
  logged as (
    insert into events (pos, type, at, room_id, agent_id, ref, trace)
    select head.base + n.nth, 'room.joined', head.at, n.room, n.author, null::uuid, null from newcomer n cross join head
    union all
    select pos, 'message.created', ts, room, author, id, trace from placed
  ),
  mentioned as (
    insert into mentions (key, pos, ref) select key, pos, id from placed cross join lateral unnest(mentions) key
  ),
  spent as (
    insert into nonces (slot, agent_id, nonce, until)
    select nonce_slot(now_ms), author, nonce, now_ms + 240000 from judged where nonce is not null and outcome in ('new', 'again')
  )
  select j.ord, j.outcome, placed.seq, placed.ts, j.is_private
    from judged j left join placed on placed.ord = j.ord
   order by j.ord;
end $$;
