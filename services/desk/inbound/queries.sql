-- name: accept
-- The whole intake of a batch. Keys are inserted sorted, so that two processes storing the same redelivered messages
-- wait for each other instead of deadlocking; whoever lost is read by find_keys, in a later snapshot.
-- The raw bytes of all messages come as one binary parameter, of which each row takes its part.
WITH offered AS MATERIALIZED (
    SELECT o.*
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::int[], $8::int[],
                $10::boolean[])
        WITH ORDINALITY AS o (account_id, channel_id, key, meaning, id, payload, raw_start, raw_size, backlog, position)
), won AS (
    INSERT INTO inbound_key (account_id, channel_id, key, meaning, message_id)
    SELECT account_id, channel_id, key, meaning, id
    FROM offered
    ORDER BY account_id, channel_id, key, position
    ON CONFLICT (account_id, channel_id, key) DO NOTHING
    RETURNING message_id
), kept AS (
    INSERT INTO inbound_raw (account_id, id, bytes)
    SELECT o.account_id, o.id, substring($9::bytea FROM o.raw_start FOR o.raw_size)
    FROM won
    JOIN offered o ON o.id = won.message_id
)
INSERT INTO inbound (account_id, id, channel_id, payload, backlog)
SELECT o.account_id, o.id, o.channel_id, o.payload, o.backlog
FROM won
JOIN offered o ON o.id = won.message_id
ORDER BY o.position
RETURNING id

-- name: find_keys
-- Who holds the keys that this transaction did not get; locked in the order in which they are inserted, since they will
-- be counted. LATERAL with a LIMIT: one index probe for each, also in a plan that was made while the table was empty.
SELECT o.position, k.meaning, k.message_id
FROM (SELECT *
      FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS w (account_id, channel_id, key, position)
      ORDER BY account_id, channel_id, key) o
CROSS JOIN LATERAL (
    SELECT h.meaning, h.message_id
    FROM inbound_key h
    WHERE h.account_id = o.account_id AND h.channel_id = o.channel_id AND h.key = o.key
    LIMIT 1
    FOR NO KEY UPDATE
) k

-- name: count_duplicates
-- The keys are locked. Found by index probes, changed by place.
UPDATE inbound_key k
SET duplicates = k.duplicates + d.times
FROM (
    SELECT h.place, o.times
    FROM (SELECT account_id, channel_id, key, count(*) AS times
          FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS w (account_id, channel_id, key)
          GROUP BY account_id, channel_id, key) o
    CROSS JOIN LATERAL (
        SELECT q.ctid AS place
        FROM inbound_key q
        WHERE q.account_id = o.account_id AND q.channel_id = o.channel_id AND q.key = o.key
        LIMIT 1
    ) h
) d
WHERE k.ctid = d.place

-- name: find_fate
-- What became of the message that holds a key.
SELECT k.message_id, m.conversation_id, q.error,
       (SELECT count(*)
        FROM rejection r
        WHERE r.account_id = k.account_id AND r.channel_id = k.channel_id AND r.external_id = $4 AND r.reason = 1),
       k.duplicates
FROM inbound_key k
LEFT JOIN message m ON m.account_id = k.account_id AND m.id = k.message_id
LEFT JOIN quarantine q ON q.account_id = k.account_id AND q.id = k.message_id
WHERE k.account_id = $1 AND k.channel_id = $2 AND k.key = $3

-- name: find_refusal
-- The newest refusal of an external id that never got a key.
SELECT detail
FROM rejection
WHERE account_id = $1 AND channel_id = $2 AND external_id = $3 AND reason = 0
ORDER BY received_at DESC, id DESC
LIMIT 1

-- name: push_commands
-- Commands ride in the transaction that caused them.
INSERT INTO inbound (account_id, id, kind, subject_id, payload)
SELECT c.account_id, c.id, c.kind, c.subject_id, ''
FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::uuid[]) WITH ORDINALITY
    AS c (account_id, id, kind, subject_id, position)
ORDER BY c.position

-- name: discover
-- Which accounts have rows at or above $1, as far as the next $2 rows tell: their first live row, and the first of
-- their backlog. No lock.
SELECT account_id, min(seq) FILTER (WHERE NOT backlog), min(seq) FILTER (WHERE backlog), count(*), max(seq)
FROM (SELECT account_id, backlog, seq FROM inbound WHERE seq >= $1 ORDER BY seq LIMIT $2) head
GROUP BY account_id
ORDER BY min(seq)

-- name: discover_all
-- The same of every account, an index probe for each answer. No lock.
WITH RECURSIVE lane AS (
    (SELECT account_id FROM inbound ORDER BY account_id, backlog, seq LIMIT 1)
    UNION ALL
    SELECT next.account_id
    FROM lane
    CROSS JOIN LATERAL (
        SELECT i.account_id
        FROM inbound i
        WHERE i.account_id > lane.account_id
        ORDER BY i.account_id, i.backlog, i.seq
        LIMIT 1
    ) next
)
SELECT lane.account_id,
       (SELECT i.seq FROM inbound i
        WHERE (i.account_id, i.backlog, i.seq) >= (lane.account_id, false, 0)
          AND (i.account_id, i.backlog, i.seq) < (lane.account_id, true, 0)
        ORDER BY i.account_id, i.backlog, i.seq LIMIT 1),
       (SELECT i.seq FROM inbound i
        WHERE (i.account_id, i.backlog, i.seq) >= (lane.account_id, true, 0)
          AND (i.account_id, i.backlog, i.seq) <= (lane.account_id, true, 9223372036854775807)
        ORDER BY i.account_id, i.backlog, i.seq LIMIT 1)
FROM (SELECT account_id FROM lane LIMIT $1) lane

-- name: try_lanes
-- Advisory locks of the transaction, one for each account, tried in the order given; reads nothing else.
SELECT lane.account_id
FROM unnest($1::uuid[]) AS lane (account_id)
WHERE pg_try_advisory_xact_lock(uuid_hash_extended(lane.account_id, 4207849484))

-- name: lock_lane
-- For whoever makes what the lane makes: waits for the batch under way, at most the session's lock_timeout.
SELECT pg_advisory_xact_lock(uuid_hash_extended($1::uuid, 4207849484))

-- name: claim
-- Rows of lanes that this transaction has locked: what came live, and what room is left for its backlog, each from its
-- own watermark. The lane is the lock. The account stands in a range, not in an equation: only the primary key fits,
-- where a plan for an empty queue might walk everybody's rows in the order of seq.
SELECT q.account_id, q.seq, q.id, q.kind, q.channel_id, q.subject_id, q.payload, q.received_at, q.backlog
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS lane (account_id, from_seq, backlog_from)
CROSS JOIN LATERAL (
    (SELECT i.account_id, i.seq, i.id, i.kind, i.channel_id, i.subject_id, i.payload, i.received_at, i.backlog
     FROM inbound i
     WHERE (i.account_id, i.backlog, i.seq) >= (lane.account_id, false, lane.from_seq)
       AND (i.account_id, i.backlog, i.seq) < (lane.account_id, true, 0)
     ORDER BY i.account_id, i.backlog, i.seq
     LIMIT $4)
    UNION ALL
    (SELECT i.account_id, i.seq, i.id, i.kind, i.channel_id, i.subject_id, i.payload, i.received_at, i.backlog
     FROM inbound i
     WHERE (i.account_id, i.backlog, i.seq) >= (lane.account_id, true, lane.backlog_from)
       AND (i.account_id, i.backlog, i.seq) <= (lane.account_id, true, 9223372036854775807)
     ORDER BY i.account_id, i.backlog, i.seq
     LIMIT $4)
    LIMIT $4
) q
ORDER BY q.backlog, q.seq

-- name: remove
-- What was routed leaves the queue in the transaction that routed it. Found by index probes (see find_keys), deleted by
-- place; a row that somebody else deleted meanwhile is gone anyway.
DELETE FROM inbound
WHERE ctid = ANY (ARRAY(
    SELECT i.ctid
    FROM unnest($1::uuid[], $2::boolean[], $3::bigint[]) AS gone (account_id, backlog, seq)
    CROSS JOIN LATERAL (
        SELECT q.ctid
        FROM inbound q
        WHERE q.account_id = gone.account_id AND q.backlog = gone.backlog AND q.seq = gone.seq
        LIMIT 1
    ) i
))

-- name: quarantine
-- Out of the queue, with the reason; a command's payload says which command it was.
WITH failed AS MATERIALIZED (
    SELECT f.account_id, f.payload, f.error, i.place, i.id, i.channel_id, i.received_at
    FROM unnest($1::uuid[], $2::boolean[], $3::bigint[], $4::text[], $5::text[])
        AS f (account_id, backlog, seq, payload, error)
    CROSS JOIN LATERAL (
        SELECT q.ctid AS place, q.id, q.channel_id, q.received_at
        FROM inbound q
        WHERE q.account_id = f.account_id AND q.backlog = f.backlog AND q.seq = f.seq
        LIMIT 1
    ) i
), gone AS (
    DELETE FROM inbound WHERE ctid = ANY (ARRAY(SELECT place FROM failed)) RETURNING id
)
INSERT INTO quarantine (account_id, id, channel_id, payload, error, received_at)
SELECT f.account_id, f.id, f.channel_id, f.payload, f.error, f.received_at
FROM failed f
JOIN gone ON gone.id = f.id
ON CONFLICT (account_id, id) DO UPDATE SET error = excluded.error, quarantined_at = clock_timestamp()

-- name: list_quarantine
-- Keyset by id, which orders nothing but the pages.
SELECT q.account_id, q.id, q.channel_id, q.payload, q.error, q.received_at, q.quarantined_at, u.asked_at
FROM (SELECT * FROM quarantine WHERE account_id = $1 AND id > $2 ORDER BY id LIMIT $3) q
LEFT JOIN LATERAL (
    SELECT m.asked_at FROM unfetched_mail m WHERE m.account_id = q.account_id AND m.message_id = q.id LIMIT 1
) u ON true
ORDER BY q.id

-- name: lock_quarantined
-- Two retries of one message wait for each other.
SELECT account_id, id, channel_id, payload, error, received_at, quarantined_at, NULL::timestamptz
FROM quarantine
WHERE account_id = $1 AND id = $2
FOR UPDATE

-- name: find_raw
-- The bytes of a message as they arrived.
SELECT bytes FROM inbound_raw WHERE account_id = $1 AND id = $2

-- name: requeue
-- Back to the end of the queue with the time it first arrived.
WITH gone AS (
    DELETE FROM quarantine WHERE account_id = $1 AND id = $2 RETURNING account_id, id, channel_id, received_at
)
INSERT INTO inbound (account_id, id, kind, channel_id, subject_id, payload, received_at)
SELECT account_id, id, $3::smallint, channel_id, $4::uuid, $5, received_at
FROM gone

-- name: measure_depth
-- For the gauges: how many wait, and since when. Counted up to $2.
SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(received_at)) * 1000, 0)::bigint
FROM (SELECT received_at FROM inbound WHERE seq >= $1 ORDER BY seq LIMIT $2) head

-- name: insert_rejections
-- The bodies come as one binary parameter, of which each row takes its part.
INSERT INTO rejection (account_id, id, channel_id, reason, external_id, detail, body)
SELECT r.account_id, r.id, r.channel_id, r.reason, r.external_id, r.detail,
       substring($9::bytea FROM r.body_start FOR r.body_size)
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::smallint[], $5::text[], $6::text[], $7::int[], $8::int[])
    AS r (account_id, id, channel_id, reason, external_id, detail, body_start, body_size)

-- name: list_rejections
-- Keyset, the newest first; $3 is infinity for the first page.
SELECT account_id, id, channel_id, reason, external_id, detail, substring(body FROM 1 FOR $6), length(body),
       received_at, replayed_at
FROM rejection
WHERE account_id = $1 AND channel_id = $2
  AND (received_at, id) < ($3, $4)
ORDER BY received_at DESC, id DESC
LIMIT $5

-- name: lock_rejection
-- Two replays of one rejection wait for each other.
SELECT account_id, id, channel_id, reason, external_id, detail, body, length(body), received_at, replayed_at
FROM rejection
WHERE account_id = $1 AND channel_id = $2 AND id = $3
FOR UPDATE

-- name: mark_replayed
-- The row is locked already.
UPDATE rejection SET replayed_at = clock_timestamp() WHERE account_id = $1 AND id = $2

-- name: delete_old_rejections
-- Oldest first and bounded; two processes that clean up at once share the work.
DELETE FROM rejection
WHERE ctid = ANY (ARRAY(
    SELECT ctid
    FROM rejection
    WHERE received_at < statement_timestamp() - $1::bigint * interval '1 millisecond'
    ORDER BY received_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
))
