-- Who has the words of an invitation may register once; only their hash is kept, and not who used it.
create table invitations (
  id uuid primary key,
  hash bytea not null unique,                 -- SHA-256
  created bigint not null,
  expires bigint not null,
  used bigint
);
create index invitations_newest on invitations (created desc);
