-- The floor: the durable row changes of :batch messages, accepted in one statement and routed in one transaction, written
-- by hand for pgbench, without the program. Same tables, indexes, role and row-level security. :share of 200 messages
-- open a conversation, the others join one; bench_door lists the accounts (floor_prepare.sql).
\set n random(1, :accounts)
\set new case when :batch > 1 then :batch * :share / 200 when random(1, 200) <= :share then 1 else 0 end
\set old :batch - :new
WITH offered AS MATERIALIZED (
    SELECT d.account_id, d.channel_id, bench_id() AS id, gen_random_uuid() AS key, gen_random_uuid() AS meaning
    FROM bench_door d, generate_series(1, :batch) WHERE d.n = :n
), won AS (
    INSERT INTO inbound_key (account_id, channel_id, key, meaning, message_id)
    SELECT account_id, channel_id, key, meaning, id FROM offered ORDER BY account_id, channel_id, key
    ON CONFLICT DO NOTHING RETURNING message_id
), kept AS (
    INSERT INTO inbound_raw (account_id, id, bytes)
    SELECT o.account_id, o.id, p.raw FROM won JOIN offered o ON o.id = won.message_id, bench_payload p
)
INSERT INTO inbound (account_id, id, channel_id, payload)
SELECT o.account_id, o.id, o.channel_id, p.queued FROM won JOIN offered o ON o.id = won.message_id, bench_payload p;
BEGIN;
SELECT set_config('lupaus.accounts', '{' || account_id || '}', true) FROM bench_door WHERE n = :n;
SELECT pg_advisory_xact_lock(hashtext(account_id::text)) FROM bench_door WHERE n = :n;
DELETE FROM inbound
WHERE (account_id, backlog, seq) IN (
    SELECT i.account_id, i.backlog, i.seq FROM inbound i JOIN bench_door d ON d.account_id = i.account_id
    WHERE d.n = :n ORDER BY i.backlog, i.seq LIMIT :batch);
UPDATE agent SET load = load + :new, assigned_at = clock_timestamp()
WHERE (account_id, id) IN (SELECT account_id, agent_id FROM bench_door WHERE n = :n);
WITH number AS (
    UPDATE account_number a SET number = a.number + :new
    FROM bench_door d WHERE d.n = :n AND a.account_id = d.account_id
    RETURNING a.number - :new AS base
), made AS MATERIALIZED (
    SELECT d.*, bench_id() AS conversation_id, bench_id() AS contact_id, bench_id() AS promise_id, bench_id() AS message_id,
           base + g AS number
    FROM bench_door d, number, generate_series(1, :new) g WHERE d.n = :n
), contacts AS (
    INSERT INTO contact (account_id, id, name, created_at)
    SELECT account_id, contact_id, 'Customer', clock_timestamp() FROM made
), addresses AS (
    INSERT INTO address (account_id, channel_id, address, contact_id)
    SELECT account_id, channel_id, contact_id::text, contact_id FROM made
), conversations AS (
    INSERT INTO conversation (account_id, id, number, contact_id, channel_id, assignee_id, waiting_since, owed_id, owed_kind,
                              owed_opened_at, rank_at, last_message_at, created_at)
    SELECT account_id, conversation_id, number, contact_id, channel_id, agent_id, clock_timestamp(), promise_id, 0,
           clock_timestamp(), clock_timestamp() + interval '1 day', clock_timestamp(), clock_timestamp()
    FROM made
), promises AS (
    INSERT INTO promise (account_id, id, conversation_id, kind, channel_id, waiting_since, opened_at, leads_at, next_alert_at)
    SELECT account_id, promise_id, conversation_id, 0, channel_id, clock_timestamp(), clock_timestamp(),
           clock_timestamp() + interval '1 day', clock_timestamp() + interval '1 day'
    FROM made
), joined AS MATERIALIZED (
    SELECT c.account_id, c.id AS conversation_id, c.contact_id, bench_id() AS message_id
    FROM bench_door d, number,
         LATERAL (SELECT DISTINCT 1 + floor(random() * base)::bigint AS number FROM generate_series(1, :old)) w,
         LATERAL (SELECT * FROM conversation c WHERE c.account_id = d.account_id AND c.number = w.number) c
    WHERE d.n = :n
), moved AS (
    UPDATE conversation c SET last_message_at = clock_timestamp(), version = version + 1
    FROM joined j WHERE c.account_id = j.account_id AND c.id = j.conversation_id
), said AS MATERIALIZED (
    SELECT account_id, message_id, conversation_id, contact_id FROM made
    UNION ALL SELECT account_id, message_id, conversation_id, contact_id FROM joined
), messages AS (
    INSERT INTO message (account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, author_id,
                         author_name, text, external_id, created_at)
    SELECT account_id, message_id, conversation_id, nextval('arrival_seq'), clock_timestamp(), 0, 0, 0, contact_id, 'Customer',
           p.text, message_id::text, clock_timestamp()
    FROM said, bench_payload p
), told AS MATERIALIZED (
    SELECT account_id, conversation_id, message_id, 'message.created' AS type FROM said
    UNION ALL SELECT account_id, conversation_id, NULL, 'conversation.created' FROM made
    UNION ALL SELECT account_id, conversation_id, NULL, 'promise.opened' FROM made
    UNION ALL SELECT account_id, conversation_id, NULL, 'conversation.assigned' FROM made
), counter AS (
    UPDATE account_feed f SET seq = f.seq + (SELECT count(*) FROM told)
    FROM bench_door d WHERE d.n = :n AND f.account_id = d.account_id
    RETURNING f.seq - (SELECT count(*) FROM told) AS base
)
INSERT INTO event (account_id, seq, id, type, actor_type, conversation_id, message_id, data)
SELECT t.account_id, counter.base + row_number() OVER (), bench_id(), t.type, 0, t.conversation_id, t.message_id, p.event
FROM told t, counter, bench_payload p;
COMMIT;
