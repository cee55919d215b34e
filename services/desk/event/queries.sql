-- name: lock_counters
-- The counter rows, which everybody who appends to these accounts waits for until the commit: in account order, before
-- any of them is counted up. The newest version comes first: see desk/conversation/queries.sql, lock_numbers.
SELECT l.account_id
FROM (SELECT DISTINCT account_id FROM unnest($1::uuid[]) AS w (account_id) ORDER BY account_id) w
CROSS JOIN LATERAL (
    SELECT f.account_id
    FROM account_feed f
    WHERE f.account_id = ANY (ARRAY[w.account_id])
    ORDER BY f.account_id DESC
    LIMIT 1
    FOR NO KEY UPDATE
) l

-- name: append
-- Stores the drafts under the next numbers in the order given. One row: how many were stored, and the transaction's id.
-- The counter rows are locked: else the place of one might be an old one.
WITH draft AS MATERIALIZED (
    SELECT u.*, row_number() OVER (PARTITION BY u.account_id ORDER BY u.place) AS nth
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::uuid[], $6::uuid[], $7::uuid[], $8::uuid[],
                $9::text[]) WITH ORDINALITY
         AS u (account_id, id, type, actor_type, actor_id, token_id, conversation_id, message_id, data, place)
), total AS (
    SELECT d.account_id, count(*) AS drafts
    FROM draft d
    GROUP BY d.account_id
), feed AS (
    UPDATE account_feed f
    SET seq = f.seq + t.drafts
    FROM total t
    CROSS JOIN LATERAL (
        SELECT n.ctid AS place
        FROM account_feed n
        WHERE n.account_id = ANY (ARRAY[t.account_id])
        ORDER BY n.account_id DESC
        LIMIT 1
    ) n
    WHERE f.ctid = n.place
    RETURNING f.account_id, f.seq - t.drafts AS before
), stored AS (
    INSERT INTO event (account_id, seq, id, type, actor_type, actor_id, token_id, conversation_id, message_id, data)
    SELECT d.account_id, f.before + d.nth, d.id, d.type, d.actor_type, d.actor_id, d.token_id, d.conversation_id,
           d.message_id, d.data::json
    FROM draft d
    JOIN feed f ON f.account_id = d.account_id
    RETURNING 1
)
SELECT count(*), pg_current_xact_id()::text
FROM stored

-- name: read_after
-- The next events of each account with the messages they speak of as those are now: $3 events or $4 bytes, but one
-- event at least. is_full: there may be more. Of what goes beyond $4 only the length is looked at. No locks.
SELECT f.account_id, f.seq, f.id, f.type, f.actor_type, f.actor_id, f.token_id, f.created_at, f.data,
       f.message_id, f.conversation_id, f.direction, f.kind, f.author_type, f.author_id, f.author_name, f.text, f.html,
       f.delivery_state, f.history, f.sent_at, f.message_created_at, f.edited_at, f.deleted_at,
       f.mentions, f.sends_at, f.verdict, f.verdict_rule, f.text_fold, f.html_fold,
       f.ids, f.names, f.content_types, f.sizes, f.states, f.errors, f.content_ids,
       f.nth >= $3 OR coalesce(f.bytes_with_next > $4, false) AS is_full
FROM (
    SELECT b.*, row_number() OVER run AS nth, sum(b.size) OVER run AS bytes,
           sum(b.size) OVER run + lead(b.size) OVER run AS bytes_with_next
    FROM (
        SELECT e.account_id, e.seq, e.id, e.type, e.actor_type, e.actor_id, e.token_id, e.created_at, e.data,
               m.id AS message_id, m.conversation_id, m.direction, m.kind, m.author_type, m.author_id, m.author_name,
               m.text, m.html, m.delivery_state, m.history, m.sent_at, m.created_at AS message_created_at,
               m.edited_at, m.deleted_at, m.mentions, m.sends_at, m.verdict, m.verdict_rule, m.text_fold,
               m.html_fold,
               a.ids, a.names, a.content_types, a.sizes, a.states, a.errors, a.content_ids,
               (octet_length(e.data) + coalesce(octet_length(m.text), 0) + coalesce(octet_length(m.html), 0)
                + coalesce(m.text_fold, 0) + coalesce(m.html_fold, 0) + coalesce(a.bytes, 0))::int AS size
        FROM unnest($1::uuid[], $2::bigint[]) AS p (account_id, seq)
        CROSS JOIN LATERAL (
            SELECT n.account_id, n.seq, n.id, n.type, n.actor_type, n.actor_id, n.token_id, n.created_at, n.message_id,
                   n.data::text AS data
            FROM event n
            WHERE n.account_id = p.account_id AND n.seq > p.seq
            ORDER BY n.seq
            LIMIT $3
        ) e
        LEFT JOIN LATERAL (
            SELECT * FROM message m WHERE m.account_id = e.account_id AND m.id = e.message_id LIMIT 1
        ) m ON true
        LEFT JOIN LATERAL (
            SELECT array_agg(f.id::text) AS ids,
                   array_agg(f.name) AS names,
                   array_agg(f.content_type) AS content_types,
                   array_agg(f.size_bytes::text) AS sizes,
                   array_agg(f.state::text) AS states,
                   array_agg(coalesce(f.error, '')) AS errors,
                   array_agg(f.content_id) AS content_ids,
                   sum(octet_length(f.name) + octet_length(f.content_type)) AS bytes
            FROM (
                SELECT * FROM attachment t WHERE t.account_id = m.account_id AND t.message_id = m.id ORDER BY t.position
            ) f
        ) a ON true
        OFFSET 0  -- sizes are counted once, and not in each sum
    ) b
    WINDOW run AS (PARTITION BY b.account_id ORDER BY b.seq)
) f
WHERE f.nth = 1 OR f.bytes <= $4
ORDER BY f.account_id, f.seq

-- name: heads_after
-- What decides who is told of the next events beyond each position. No locks.
SELECT p.place, e.seq, e.id, e.type, e.token_id, e.conversation_id, e.data #>> '{conversation,team_id}',
       e.data #>> '{conversation,channel_id}', e.created_at
FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS p (account_id, seq, place)
CROSS JOIN LATERAL (
    SELECT n.*
    FROM event n
    WHERE n.account_id = p.account_id AND n.seq > p.seq
    ORDER BY n.seq
    LIMIT $3
) e
ORDER BY p.place, e.seq

-- name: read
-- Single events with the messages they speak of as those are now, in order: $3 bytes, but one event at least. No locks.
SELECT f.account_id, f.seq, f.id, f.type, f.actor_type, f.actor_id, f.token_id, f.created_at, f.data,
       f.message_id, f.conversation_id, f.direction, f.kind, f.author_type, f.author_id, f.author_name, f.text, f.html,
       f.delivery_state, f.history, f.sent_at, f.message_created_at, f.edited_at, f.deleted_at,
       f.mentions, f.sends_at, f.verdict, f.verdict_rule, f.text_fold, f.html_fold,
       f.ids, f.names, f.content_types, f.sizes, f.states, f.errors, f.content_ids
FROM (
    SELECT e.account_id, e.seq, e.id, e.type, e.actor_type, e.actor_id, e.token_id, e.created_at, e.data::text AS data,
           m.id AS message_id, m.conversation_id, m.direction, m.kind, m.author_type, m.author_id, m.author_name,
           m.text, m.html, m.delivery_state, m.history, m.sent_at, m.created_at AS message_created_at,
           m.edited_at, m.deleted_at, m.mentions, m.sends_at, m.verdict, m.verdict_rule, m.text_fold,
           m.html_fold,
           a.ids, a.names, a.content_types, a.sizes, a.states, a.errors, a.content_ids,
           row_number() OVER run AS nth,
           sum(octet_length(e.data::text) + coalesce(octet_length(m.text), 0) + coalesce(octet_length(m.html), 0)
               + coalesce(m.text_fold, 0) + coalesce(m.html_fold, 0) + coalesce(a.bytes, 0)) OVER run AS bytes
    FROM unnest($1::uuid[], $2::bigint[]) AS p (account_id, seq)
    JOIN event e ON e.account_id = p.account_id AND e.seq = p.seq
    LEFT JOIN LATERAL (
        SELECT * FROM message m WHERE m.account_id = e.account_id AND m.id = e.message_id LIMIT 1
    ) m ON true
    LEFT JOIN LATERAL (
        SELECT array_agg(f.id::text) AS ids,
               array_agg(f.name) AS names,
               array_agg(f.content_type) AS content_types,
               array_agg(f.size_bytes::text) AS sizes,
               array_agg(f.state::text) AS states,
               array_agg(coalesce(f.error, '')) AS errors,
               array_agg(f.content_id) AS content_ids,
               sum(octet_length(f.name) + octet_length(f.content_type)) AS bytes
        FROM (
            SELECT * FROM attachment t WHERE t.account_id = m.account_id AND t.message_id = m.id ORDER BY t.position
        ) f
    ) a ON true
    WINDOW run AS (ORDER BY e.account_id, e.seq)
) f
WHERE f.nth = 1 OR f.bytes <= $3
ORDER BY f.account_id, f.seq

-- name: extent
-- What the log holds: the newest number that was given, and the oldest event that is kept.
SELECT f.seq, coalesce((SELECT e.seq FROM event e WHERE e.account_id = f.account_id ORDER BY e.seq LIMIT 1), f.seq + 1)
FROM account_feed f
WHERE f.account_id = $1
