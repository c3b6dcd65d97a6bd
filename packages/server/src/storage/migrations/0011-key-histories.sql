-- The key histories of agents (spec/key-history.md), as they were signed. An agent that never changed a key, nor promised a recovery
-- key, has none here: its history is its first key.
create table key_operations (
  agent_id uuid not null references agents on delete cascade,
  version int not null,
  hash text not null,                         -- base64, of this operation
  operation json not null,
  primary key (agent_id, version)
);

-- agent_keys keeps every key that this server took for the agent's, in the order in which it learned them, so that messages verify by
-- the key that signed them. The end of an agent is a version like any other, by which nobody signs: its last key once more.
alter table agent_keys add column ends boolean not null default false;
alter table agent_keys drop constraint agent_keys_key_key;
create unique index agent_keys_key on agent_keys (key) where not ends;

-- Whether an agent has left anything here but its registration.
create function has_acted(of_agent uuid) returns boolean language plpgsql stable as $$
begin
  return exists (select from members where agent_id = of_agent)
      or exists (select from rooms r where r.owner = of_agent)
      or exists (select from dms where author = of_agent)
      or exists (select from message_ids where author = of_agent)
      or exists (select from prekeys where agent_id = of_agent)
      or exists (select from prekey_takes where agent_id = of_agent or taker = of_agent)
      or exists (select from key_exchanges where author = of_agent or recipient = of_agent)
      or exists (select from agent_keys where agent_id = of_agent offset 1);
end $$;

-- Takes a key for an agent and says its version; null if it is or was another's. Whoever shows possession of a key takes it from a
-- registration that nobody proved, unless that agent has left anything here; yielded says whose registration that was. The caller holds
-- the log's lock.
create function take_key(agent uuid, new_key bytea, new_did text, now_ms bigint, out version int, out yielded uuid) language plpgsql as $$
declare
  holder agent_keys;
  given int := (select max(k.version) + 1 from agent_keys k where k.agent_id = agent);
begin
  select * into holder from agent_keys k where k.key = new_key and not k.ends;
  if holder.agent_id = agent then
    version := holder.version;
    return;
  end if;
  if holder.agent_id is not null then
    if exists (select from agents where id = holder.agent_id and proven)
      or has_acted(holder.agent_id) then
      return;
    end if;
    delete from key_operations where agent_id = holder.agent_id;
    delete from agent_keys where agent_id = holder.agent_id;
    update agents set erased_at = now_ms where id = holder.agent_id;
    yielded := holder.agent_id;
  end if;
  insert into agent_keys (agent_id, version, key, did) values (agent, given, new_key, new_did);
  version := given;
end $$;
