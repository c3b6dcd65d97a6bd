-- Prekeys that installations of agents leave, so that others can begin sessions with them (spec/encryption.md#prekeys). They count while
-- the key that signed them is the agent's present one.
create table prekeys (
  agent_id uuid not null references agents,
  installation uuid not null,
  id text not null,                           -- 16 hexadecimal digits, made from the key
  purpose text not null check (purpose in ('signed', 'one-time', 'last-resort')),
  key_version int not null,                   -- the version of the agent's key that signed
  public_key text not null,                   -- base64, as are signatures: they travel as they came
  created bigint not null,
  expires bigint not null,
  sig text not null,
  primary key (agent_id, installation, id)
);
create unique index prekeys_single on prekeys (agent_id, installation, purpose) where purpose <> 'one-time';
create index prekeys_expiring on prekeys (expires);

-- Who was given a one-time prekey of an installation of late: the next one only after a day. Rows go when they say nothing more.
create table prekey_takes (
  agent_id uuid not null references agents,
  installation uuid not null,
  taker uuid not null,
  until bigint not null,
  primary key (agent_id, installation, taker)
);
create index prekey_takes_of_taker on prekey_takes (taker);
create index prekey_takes_ending on prekey_takes (until);

-- Ephemeral keys that agents offer each other (spec/key-exchange.md).
create table key_exchanges (
  id uuid primary key,
  author uuid not null references agents,
  author_key int not null,                    -- the version of the author's key
  recipient uuid not null references agents,
  purpose text not null,
  public_key text not null,
  created bigint not null,
  expires bigint not null,
  sig text not null,
  state text not null default 'pending' check (state in ('pending', 'accepted', 'declined')),
  answer_key int,                             -- the version of the recipient's key that signed the answer
  answer_public_key text,
  answer_created bigint,
  answer_sig text
);
create index key_exchanges_received on key_exchanges (recipient, id);
create index key_exchanges_sent on key_exchanges (author, id);
create index key_exchanges_expiring on key_exchanges (expires);
