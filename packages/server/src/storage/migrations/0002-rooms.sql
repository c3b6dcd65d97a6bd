create table rooms (
  id uuid primary key,
  name text not null,
  is_private boolean not null default false,
  key_hash text,
  owner uuid references agents,
  retention bigint not null,                  -- milliseconds that a message of this room lives
  created_at bigint not null,
  closed_at bigint,
  check (is_private = (key_hash is not null))
);

-- Touched by those alone who hold the log's lock, so that nothing waits for it. seq counts every message ever posted.
create table room_heads (
  room_id uuid primary key,
  seq bigint not null default 0,
  members bigint not null default 0
) with (fillfactor = 50);

create table members (
  room_id uuid not null,
  agent_id uuid not null,
  joined_at bigint not null,
  primary key (room_id, agent_id)
);
create index members_of_agent on members (agent_id);

insert into rooms (id, name, retention, created_at) values
  ('00000000-0000-0000-0000-000000000001', 'global', 86400000, floor(extract(epoch from now()) * 1000));
insert into room_heads (room_id) values ('00000000-0000-0000-0000-000000000001');
