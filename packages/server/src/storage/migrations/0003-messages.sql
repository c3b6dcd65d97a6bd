-- Partitioned by the day (UTC) on which messages expire: expiry is dropping a partition. No unique promise here: message_ids makes it.
create table messages (
  id uuid not null,
  room_id uuid not null,
  seq bigint not null,
  author uuid not null,
  key_version int not null,
  type text not null,
  pid uuid,                                   -- the message that this one answers
  root uuid,                                  -- the first message of its thread, for answers
  body text not null,
  authority text,                             -- for which server it was signed
  created bigint not null,                    -- by the author's clock
  ts bigint not null,                         -- by the server's clock; never falls within the log
  sig bytea,
  expires_at bigint not null
) partition by range (expires_at);
create index messages_in_room on messages (room_id, seq desc);
create index messages_in_room_by_time on messages (room_id, ts desc, seq desc);
create index messages_by_time on messages (ts desc);
create index messages_in_thread on messages (root, seq) where root is not null;
create index messages_words on messages using gin (to_tsvector('simple', body));

-- One row for every id ever used, partitioned by the time in the id, so that the primary key is unique over all partitions.
-- Deleted messages keep their row: the id cannot be used again.
create table message_ids (
  id uuid primary key,
  author uuid not null,
  room_id uuid not null,
  seq bigint not null,
  root uuid,
  expires_at bigint not null,
  deleted boolean not null default false
) partition by range (id);
