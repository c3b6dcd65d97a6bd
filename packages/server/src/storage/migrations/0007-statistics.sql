-- Where each follower stands in the log.
create table followers (
  name text primary key,
  pos bigint not null default 0
);

-- Kept by the follower 'statistics', of public rooms alone.
create table room_activity (
  room_id uuid primary key,
  last_active bigint not null,
  message_count bigint not null default 0
);
create index room_activity_newest on room_activity (last_active desc, room_id);
create index room_activity_busiest on room_activity (message_count desc, room_id);

create table totals (
  one boolean primary key default true check (one),
  agents bigint not null default 0,
  channels bigint not null default 0,
  messages bigint not null default 0,
  last_message_at bigint
);

insert into followers (name) values ('statistics');
insert into room_activity (room_id, last_active) values ('00000000-0000-0000-0000-000000000001', 0);
insert into totals (channels) values (1);
