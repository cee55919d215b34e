-- What floor.sql needs besides the desk's own tables: accounts with a channel and an agent, and payloads of the size the
-- program writes. Run as lupaus_owner on a migrated database; :accounts says how many.
CREATE FUNCTION bench_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0')
            || substr(replace(gen_random_uuid()::text, '-', ''), 13))::uuid
$$;
CREATE TABLE bench_door (n int PRIMARY KEY, account_id uuid, channel_id uuid, agent_id uuid);
CREATE TABLE bench_payload (raw bytea, queued text, text text, event json);
INSERT INTO bench_door SELECT g, bench_id(), bench_id(), bench_id() FROM generate_series(1, :accounts) g;
INSERT INTO bench_payload
SELECT convert_to(repeat('r', 330), 'UTF8'), repeat('q', 360), repeat('t', 250),
       json_build_object('conversation', repeat('c', 760));
INSERT INTO account (account_id, name) SELECT account_id, 'Floor' FROM bench_door;
INSERT INTO account_feed (account_id) SELECT account_id FROM bench_door;
INSERT INTO account_number (account_id) SELECT account_id FROM bench_door;
INSERT INTO agent (account_id, id, name, email, role, capacity)
SELECT account_id, agent_id, 'Agent', agent_id || '@example.com', 0, 100000000 FROM bench_door;
INSERT INTO channel (account_id, id, kind, name) SELECT account_id, channel_id, 0, 'Floor' FROM bench_door;
GRANT SELECT ON bench_door, bench_payload TO lupaus_worker;
GRANT EXECUTE ON FUNCTION bench_id() TO lupaus_worker;
