alter table rooms add column description text;
-- Counts the keys that a private room has had: whoever has shown one is let in for as long as it is the present one.
alter table rooms add column key_version int not null default 1;

-- Appends an event of one type about a room for each agent; the caller holds the log's lock.
create function append_events(event_type text, room uuid, agents uuid[], now_ms bigint) returns void language sql as $$
  with head as (
    update log_head set pos = pos + cardinality(agents), at = greatest(at + 1, now_ms)
     where cardinality(agents) > 0 returning pos - cardinality(agents) as base, at)
  insert into events (pos, type, at, room_id, agent_id)
  select head.base + a.nth, event_type, head.at, room, a.agent from head cross join unnest(agents) with ordinality a (agent, nth)
$$;
