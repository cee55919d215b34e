-- name: hold_accounts
-- Nobody makes an account meanwhile.
LOCK TABLE account IN EXCLUSIVE MODE

-- name: has_accounts
SELECT EXISTS (SELECT FROM account)

-- name: prepare_session
-- For this transaction: every table is read as a whole, once, and every index is built once.
SELECT set_config(name, value, true)
FROM (VALUES ('plan_cache_mode', 'force_custom_plan'), ('enable_seqscan', 'on'), ('work_mem', '1GB'),
             ('maintenance_work_mem', '1GB')) AS s (name, value)

-- name: begin_time
-- To the second, and what is told of it in a time zone's words.
SELECT date_trunc('second', clock_timestamp())

-- name: set_indexes_aside
-- A row costs four times as much with its indexes, and a built index is a better one. Only where the tables are empty and
-- nobody serves the database: the tables are locked to the end.
DO $$
DECLARE
    item record;
BEGIN
    CREATE TEMPORARY TABLE set_aside ON COMMIT DROP AS
    SELECT i.indrelid::regclass AS relation, i.indexrelid::regclass AS index, k.conname AS key,
           CASE WHEN k.conname IS NULL THEN pg_get_indexdef(i.indexrelid)
                ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', i.indrelid::regclass, k.conname,
                            pg_get_constraintdef(k.oid)) END AS again
    FROM pg_index i
    LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u')
    WHERE i.indrelid = ANY (ARRAY['address', 'alert', 'contact', 'conversation', 'message', 'promise', 'search_document',
                                  'timer']::regclass[])
    ORDER BY i.indrelid, i.indexrelid;
    FOR item IN SELECT * FROM set_aside
    LOOP
        IF item.key IS NULL THEN
            EXECUTE format('DROP INDEX %s', item.index);
        ELSE
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', item.relation, item.key);
        END IF;
    END LOOP;
END
$$

-- name: build_indexes
-- As they were.
DO $$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT * FROM set_aside
    LOOP
        EXECUTE item.again;
    END LOOP;
END
$$

-- name: fill_contacts
-- $3 now, $4 how many, $5 names, $6 channels, the busiest first. Each contact has one address. Every id here is a
-- UUIDv7: its time, and 74 bits of a hash.
WITH made AS MATERIALIZED (
    SELECT k, at, (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3) || 'a'
                   || substr(h, 4, 15))::uuid AS id,
           hashint8extended(k, $2 * 100 + 1) & 9007199254740991 AS name_draw,
           (hashint8extended(k, $2 * 100 + 2) & 9007199254740991) / 9007199254740992::float8 AS channel_draw
    FROM generate_series(1, $4::bigint) k
    CROSS JOIN LATERAL (
        SELECT $3::timestamptz - interval '731 days' - k * interval '1 second' AS at, md5('contact ' || k || ' ' || $2::bigint) AS h
    ) d
), bound AS (
    INSERT INTO address (account_id, channel_id, address, contact_id)
    SELECT $1::uuid,
           ($6::uuid[])[1 + width_bucket(channel_draw, ARRAY[0.3, 0.5, 0.65, 0.77, 0.86, 0.92, 0.96, 0.985, 0.999]::float8[])],
           'customer-' || k, id
    FROM made
)
INSERT INTO contact (account_id, id, name, email, phone, created_at)
SELECT $1::uuid, m.id, n.name, CASE WHEN m.k % 5 < 3 THEN 'customer' || m.k || '@example.com' END,
       CASE WHEN m.k % 5 > 2 THEN '+35840' || lpad(m.k::text, 7, '0') END, m.at
FROM made m
JOIN unnest($5::text[]) WITH ORDINALITY AS n (name, nth) ON n.nth = 1 + m.name_draw % cardinality($5::text[])

-- name: fill_conversations
-- $3 now, $4 how many, $5 messages of all, $6 contacts, $7 subjects, $8 tags. The newest thousandth (zone 0) are new and
-- unanswered, of the newest 4 % (zone 1) about half are open; all others are resolved. Two years, evenly. How many
-- messages one has, which is its version until they are filled in, falls off as exponentials do and adds up exactly.
WITH drawn AS (
    SELECT i, CASE WHEN i > $4 - $4 / 1000 THEN 0 WHEN i > $4 - $4 / 25 THEN 1 ELSE 2 END AS zone,
           (hashint8extended(i, $2 * 100 + 11) & 9007199254740991) / 9007199254740992::float8 AS u_size,
           (hashint8extended(i, $2 * 100 + 12) & 9007199254740991) / 9007199254740992::float8 AS u_waits,
           (hashint8extended(i, $2 * 100 + 13) & 9007199254740991) / 9007199254740992::float8 AS u_time,
           (hashint8extended(i, $2 * 100 + 14) & 9007199254740991) / 9007199254740992::float8 AS u_contact,
           (hashint8extended(i, $2 * 100 + 15) & 9007199254740991) / 9007199254740992::float8 AS u_tags,
           hashint8extended(i, $2 * 100 + 16) & 9007199254740991 AS agent_draw,
           hashint8extended(i, $2 * 100 + 17) & 9007199254740991 AS word_draw,
           $3::timestamptz - interval '730 days' * (($4 - i + 0.5) / $4::float8) AS begun_at
    FROM generate_series(1, $4::bigint) i
), weighed AS (
    SELECT d.*, CASE zone WHEN 1 THEN 3 ELSE 1 END AS least,
           CASE zone WHEN 0 THEN 0 ELSE floor(-1000 * ln(1 - u_size))::bigint END AS weight,
           CASE WHEN zone = 0 THEN 0 WHEN zone = 2 THEN 3 WHEN i % 39 < 19 THEN 0 WHEN i % 39 < 24 THEN 1
                WHEN i % 39 < 27 THEN 2 ELSE 3 END AS state
    FROM drawn d
), summed AS (
    SELECT w.*, sum(weight) OVER (ORDER BY i)::bigint AS weight_to, sum(weight) OVER ()::bigint AS weight_all,
           ($5 - sum(least) OVER ())::bigint AS spread, state = 0 AND (zone = 0 OR u_waits < 0.8) AS waits
    FROM weighed w
), sized AS (
    SELECT s.*, least + (weight_to * spread / weight_all - (weight_to - weight) * spread / weight_all) AS size,
           extract(epoch FROM $3::timestamptz - begun_at)::float8 AS age_s, -ln(1 - u_time) AS stretch
    FROM summed s
), timed AS (
    SELECT s.*, CASE WHEN size = 1 THEN begun_at
                     WHEN zone = 2 THEN begun_at + least((size - 1) * stretch * 7200, age_s * 0.9) * interval '1 second'
                     ELSE $3::timestamptz - least(stretch * CASE WHEN waits THEN 10800 ELSE 86400 END, age_s * 0.9) * interval '1 second'
                END AS ended_at
    FROM sized s
), member AS (
    SELECT m.team_id, array_agg(m.agent_id ORDER BY a.email) AS agents
    FROM team_member m
    JOIN agent a ON a.account_id = m.account_id AND a.id = m.agent_id
    WHERE m.account_id = $1::uuid
    GROUP BY m.team_id
    UNION ALL
    SELECT NULL, array_agg(id ORDER BY email) FROM agent WHERE account_id = $1::uuid
), placed AS (
    SELECT t.*, a.contact_id, a.channel_id, c.team_id, m.agents[1 + agent_draw % cardinality(m.agents)] AS agent_id,
           zone < 2 AND waits AND agent_draw % 10 < 3 AS is_nobodys, word_draw % 8 AS tag_first,
           width_bucket(u_tags, ARRAY[0.4, 0.75, 0.92]::float8[]) AS tag_count,
           md5('conversation ' || i || ' ' || $2::bigint) AS h, md5('owed ' || i || ' ' || $2::bigint) AS g
    FROM timed t
    JOIN address a ON a.account_id = $1::uuid AND a.address = 'customer-' || 1 + floor($6::bigint * u_contact * u_contact)::bigint
    JOIN channel c ON c.account_id = $1::uuid AND c.id = a.channel_id
    JOIN member m ON m.team_id IS NOT DISTINCT FROM c.team_id
)
INSERT INTO conversation (account_id, id, number, contact_id, channel_id, subject, state, priority, team_id, assignee_id,
                          previous_agent_id, tags, waiting_since, owed_id, owed_kind, owed_opened_at, due_at, rank_at, begun,
                          snoozed_until, resolved_at, last_message_at, version, created_at)
SELECT $1::uuid,
       (lpad(to_hex((extract(epoch FROM begun_at) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3) || 'a' || substr(h, 4, 15))::uuid,
       i, contact_id, channel_id, s.subject, state, CASE WHEN word_draw % 20 = 0 THEN 2 ELSE 1 END, team_id,
       CASE WHEN NOT is_nobodys THEN agent_id END, CASE WHEN is_nobodys AND zone = 1 THEN agent_id END,
       ($8::text[])[1 + tag_first:tag_first + tag_count],
       CASE WHEN waits THEN ended_at END,
       CASE WHEN waits THEN (lpad(to_hex((extract(epoch FROM ended_at) * 1000)::bigint), 12, '0') || '7' || substr(g, 1, 3) || 'a'
                             || substr(g, 4, 15))::uuid END,
       CASE WHEN waits THEN CASE zone WHEN 0 THEN 0 ELSE 1 END END,
       CASE WHEN waits THEN ended_at END, CASE WHEN waits THEN ended_at + interval '8 hours' END,
       CASE WHEN waits THEN ended_at + interval '8 hours' END, NOT waits AND size > 1,
       CASE state WHEN 2 THEN $3::timestamptz + (1 + 71 * u_size) * interval '1 hour' END,
       CASE state WHEN 3 THEN ended_at + least(($3::timestamptz - ended_at) / 2, u_size * interval '1 hour') END,
       ended_at, size, begun_at
FROM placed p
JOIN unnest($7::text[]) WITH ORDINALITY AS s (subject, nth)
  ON s.nth = 1 + CASE WHEN word_draw % 5 < 2 THEN word_draw / 40 % cardinality($7::text[]) ELSE 0 END
ORDER BY i

-- name: fill_messages
-- $3 texts. In the order of arrival. The first one is the customer's; then they take turns, so that the last one is the
-- customer's where somebody waits, and else the agent's. A fifth names an order of its own.
WITH said AS (
    SELECT c.number, j, at, row_number() OVER (ORDER BY at, c.number, j) AS seq
    FROM conversation c
    CROSS JOIN LATERAL generate_series(0, c.version - 1) j
    CROSS JOIN LATERAL (
        SELECT c.created_at + (c.last_message_at - c.created_at) * (j / greatest(c.version - 1, 1)::float8) AS at
    ) t
    WHERE c.account_id = $1::uuid
), drawn AS (
    SELECT s.*, hashint8extended(seq, $2 * 100 + 21) & 9007199254740991 AS text_draw,
           hashint8extended(seq, $2 * 100 + 22) & 9007199254740991 AS order_draw, md5('message ' || seq || ' ' || $2::bigint) AS h
    FROM said s
), turned AS (
    SELECT d.*, c.id AS conversation_id, c.contact_id, c.created_at AS begun_at, coalesce(c.assignee_id, c.previous_agent_id) AS agent_id,
           CASE WHEN j = 0 THEN 0
                ELSE (c.version - 1 - j + CASE WHEN c.waiting_since IS NULL THEN 1 ELSE 0 END) % 2 END AS direction
    FROM drawn d
    JOIN conversation c ON c.account_id = $1::uuid AND c.number = d.number
)
INSERT INTO message (account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, author_id, author_name,
                     text, external_id, delivery_state, settled_id, created_at, visible_seq)
SELECT $1::uuid,
       (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3) || 'a' || substr(h, 4, 15))::uuid,
       t.conversation_id, t.seq, t.at, t.direction, 0, t.direction,
       CASE t.direction WHEN 0 THEN t.contact_id ELSE t.agent_id END, CASE t.direction WHEN 0 THEN k.name ELSE a.name END,
       p.text || CASE WHEN t.order_draw % 5 = 0 THEN ' Order ' || 10000000 + t.order_draw / 5 % 90000000 ELSE '' END,
       CASE t.direction WHEN 0 THEN 'seed-' || t.seq END, CASE t.direction WHEN 1 THEN 3 END,
       CASE WHEN t.direction = 1 AND t.j < 3
            THEN (lpad(to_hex((extract(epoch FROM t.begun_at) * 1000)::bigint), 12, '0') || '7' || substr(h, 20, 3) || 'a'
                  || substr(h, 8, 15))::uuid END,
       t.at, t.seq
FROM turned t
JOIN unnest($3::text[]) WITH ORDINALITY AS p (text, nth) ON p.nth = 1 + t.text_draw % cardinality($3::text[])
JOIN contact k ON k.account_id = $1::uuid AND k.id = t.contact_id
LEFT JOIN agent a ON a.account_id = $1::uuid AND a.id = t.agent_id
ORDER BY t.seq

-- name: fill_message_documents
-- As index_messages of desk/search writes them. The words of a text are read once and not in each message that has it:
-- behind them comes what is the message's own.
WITH head AS MATERIALIZED (
    SELECT c.id, setweight(to_tsvector('lupaus', left(concat_ws(' ', c.subject, k.name), 1000)), 'B') AS words
    FROM conversation c
    JOIN contact k ON k.account_id = $1::uuid AND k.id = c.contact_id
    WHERE c.account_id = $1::uuid
), said AS MATERIALIZED (
    SELECT nth, length(text) AS length, to_tsvector('lupaus', text) AS words
    FROM unnest($3::text[]) WITH ORDINALITY AS t (text, nth)
)
INSERT INTO search_document (account_id, id, conversation_id, at, era, words)
SELECT $1::uuid, m.id, m.conversation_id, m.ordered_at, search_era_at(m.seq),
       h.words || s.words || to_tsvector('lupaus', substr(m.text, s.length + 1))
FROM message m
JOIN head h ON h.id = m.conversation_id
JOIN said s ON s.nth = 1 + (hashint8extended(m.seq, $2 * 100 + 21) & 9007199254740991) % cardinality($3::text[])
WHERE m.account_id = $1::uuid

-- name: fill_eras
INSERT INTO search_era (account_id, era, min_at, max_at)
SELECT account_id, search_era_at(seq), min(ordered_at), max(ordered_at)
FROM message
WHERE account_id = $1::uuid
GROUP BY account_id, search_era_at(seq)

-- name: fill_head_documents
-- As index_heads of desk/search writes them, in the era of the message that the conversation begins with.
INSERT INTO search_document (account_id, id, conversation_id, at, era, words)
SELECT c.account_id, c.id, c.id, c.created_at,
       width_bucket(c.created_at, ARRAY(SELECT min_at FROM search_era WHERE account_id = $1::uuid ORDER BY era)),
       setweight(to_tsvector('lupaus', left(concat_ws(' ', c.subject, k.name, k.email, k.phone, array_to_string(c.tags, ' '),
                                                      c.number), 10000)), 'A')
FROM conversation c
JOIN contact k ON k.account_id = $1::uuid AND k.id = c.contact_id
WHERE c.account_id = $1::uuid

-- name: fill_settled_promises
-- Every first reply settled one, half of a minute before it was delivered.
INSERT INTO promise (account_id, id, conversation_id, kind, policy_id, channel_id, team_id, owing_team_id, waiting_since,
                     opened_at, due_at, warn_at, leads_at, account_at, settled_at, outcome, elapsed_ms, business_ms,
                     settled_agent_id, settled_team_id, settled_message_id, delivered_at)
SELECT $1::uuid, m.settled_id, c.id, 0, y.id, c.channel_id, c.team_id, c.team_id, c.created_at, c.created_at,
       c.created_at + interval '8 hours', c.created_at + interval '6 hours', c.created_at + interval '12 hours',
       c.created_at + interval '16 hours', m.created_at,
       CASE WHEN m.created_at <= c.created_at + interval '8 hours' THEN 0 ELSE 1 END, elapsed_ms, elapsed_ms,
       m.author_id, c.team_id, m.id, m.created_at + interval '30 seconds'
FROM message m
JOIN conversation c ON c.account_id = $1::uuid AND c.id = m.conversation_id
JOIN policy y ON y.account_id = $1::uuid AND y.kind = 0
CROSS JOIN LATERAL (SELECT (extract(epoch FROM m.created_at - c.created_at) * 1000)::bigint AS elapsed_ms) e
WHERE m.account_id = $1::uuid AND m.settled_id IS NOT NULL

-- name: fill_open_promises
-- What is owed now, with the levels that fell due until $2 behind it.
INSERT INTO promise (account_id, id, conversation_id, kind, policy_id, channel_id, team_id, owing_team_id, waiting_since,
                     opened_at, due_at, warn_at, leads_at, account_at, level, next_alert_at, overdue_noticed_at)
SELECT $1::uuid, c.owed_id, c.id, c.owed_kind, y.id, c.channel_id, c.team_id, c.team_id, c.waiting_since, c.owed_opened_at,
       c.due_at, l.warn_at, l.leads_at, l.account_at,
       CASE WHEN l.account_at <= $2 THEN 3 WHEN l.leads_at <= $2 THEN 2 WHEN c.due_at <= $2 THEN 1 WHEN l.warn_at <= $2 THEN 0
            ELSE -1 END,
       CASE WHEN l.warn_at > $2 THEN l.warn_at WHEN c.due_at > $2 THEN c.due_at WHEN l.leads_at > $2 THEN l.leads_at
            WHEN l.account_at > $2 THEN l.account_at END,
       CASE WHEN c.due_at <= $2::timestamptz THEN c.due_at END
FROM conversation c
JOIN policy y ON y.account_id = $1::uuid AND y.kind = c.owed_kind
CROSS JOIN LATERAL (
    SELECT c.owed_opened_at + interval '6 hours' AS warn_at, c.due_at + interval '4 hours' AS leads_at,
           c.due_at + interval '8 hours' AS account_at
) l
WHERE c.account_id = $1::uuid AND c.owed_id IS NOT NULL

-- name: fill_alerts
-- The ladders of what is owed: the highest level fires, those below it were superseded.
INSERT INTO alert (account_id, id, kind, subject_id, level, state, conversation_id, promise_id, recipient_type, recipient_id,
                   raised_at, noticed_at, ended_at)
SELECT $1::uuid,
       (lpad(to_hex((extract(epoch FROM l.at) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3) || 'a' || substr(h, 4, 15))::uuid,
       0, p.id, l.level, CASE WHEN l.level = p.level THEN 0 ELSE 2 END, c.id, p.id, r.type,
       CASE r.type WHEN 0 THEN c.assignee_id WHEN 3 THEN NULL ELSE c.team_id END,
       l.at, l.at, CASE WHEN l.level < p.level THEN l.until END
FROM promise p
JOIN conversation c ON c.account_id = $1::uuid AND c.id = p.conversation_id
CROSS JOIN LATERAL (VALUES (0, p.warn_at, p.due_at), (1, p.due_at, p.leads_at), (2, p.leads_at, p.account_at),
                           (3, p.account_at, NULL)) AS l (level, at, until)
CROSS JOIN LATERAL (
    SELECT CASE WHEN l.level = 3 THEN 3 WHEN l.level = 2 THEN 2 WHEN c.assignee_id IS NOT NULL THEN 0
                WHEN c.team_id IS NOT NULL THEN 1 ELSE 3 END AS type,
           md5('alert ' || p.id || ' ' || l.level) AS h
) r
WHERE p.account_id = $1::uuid AND p.settled_at IS NULL AND l.level <= p.level

-- name: fill_timers
-- The ends of the snoozes.
INSERT INTO timer (account_id, kind, subject_id, due_at)
SELECT account_id, 0, id, snoozed_until
FROM conversation
WHERE account_id = $1 AND snoozed_until IS NOT NULL

-- name: count_loads
-- Each agent has room for five more.
UPDATE agent a
SET load = c.load, capacity = c.load + 5, assigned_at = c.assigned_at
FROM (
    SELECT n.id, count(o.id)::int AS load, max(o.created_at) AS assigned_at
    FROM agent n
    LEFT JOIN conversation o ON o.account_id = $1::uuid AND o.assignee_id = n.id AND o.state = 0
    WHERE n.account_id = $1::uuid
    GROUP BY n.id
) c
WHERE a.account_id = $1::uuid AND a.id = c.id

-- name: count_numbers
UPDATE account_number SET number = $2 WHERE account_id = $1

-- name: count_arrivals
-- The next message arrives after all of them.
SELECT setval('arrival_seq', $1)

-- name: begin_search
-- The documents have all that the log says.
INSERT INTO search_progress (account_id, seq)
SELECT account_id, seq FROM account_feed WHERE account_id = $1

-- name: analyse
ANALYZE account, account_feed, account_number, address, agent, alert, channel, contact, conversation, message, promise,
        search_document, team, team_member, timer
