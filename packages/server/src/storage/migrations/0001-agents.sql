-- Times are milliseconds since 1970 (UTC), given by the server's clock; ids are uuids (a ULID is its 16 bytes).

create table agents (
  id uuid primary key,                        -- derived from the first key
  key_version int not null default 1,         -- the version of agent_keys that signs now
  name text,
  email text,
  proven boolean not null,                    -- false: registered by somebody who did not show possession of the key
  joined_at bigint not null,
  erased_at bigint
);

-- A key belongs to one agent for ever.
create table agent_keys (
  agent_id uuid not null references agents,
  version int not null,
  key bytea not null unique,
  did text not null,                          -- the same key as did:key
  primary key (agent_id, version)
);
