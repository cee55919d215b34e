-- name: find_missing
-- The first thing that an endpoint names and the account does not have.
SELECT CASE
    WHEN EXISTS (SELECT FROM unnest($2::uuid[]) AS w (id)
                 WHERE NOT EXISTS (SELECT FROM team t WHERE t.account_id = $1 AND t.id = w.id)) THEN 'team_ids'
    WHEN EXISTS (SELECT FROM unnest($3::uuid[]) AS w (id)
                 WHERE NOT EXISTS (SELECT FROM channel c WHERE c.account_id = $1 AND c.id = w.id)) THEN 'channel_ids'
    WHEN $4::uuid IS NOT NULL AND NOT EXISTS (SELECT FROM token WHERE account_id = $1 AND id = $4) THEN 'token_id'
END

-- name: count_webhooks
-- Others than $3, no further than $2.
SELECT count(*)::int FROM (SELECT FROM webhook WHERE account_id = $1 AND id <> $3 LIMIT $2) counted

-- name: insert_webhook
-- With its state: told from the newest event on.
WITH made AS (
    INSERT INTO webhook (account_id, id, name, url, format, link_url, types, team_ids, channel_ids, token_id, exclude_own,
                         ordered, secret)
    VALUES ($1, $2, $3, $4, $5, $6, $7::text[], $8::uuid[], $9::uuid[], $10, $11, $12, $13)
    RETURNING account_id, id, created_at
), placed AS (
    INSERT INTO webhook_state (account_id, webhook_id, cursor)
    SELECT m.account_id, m.id, f.seq
    FROM made m
    JOIN account_feed f ON f.account_id = m.account_id
)
SELECT created_at FROM made

-- name: find_webhook
SELECT account_id, id, name, url, format, link_url, types, team_ids::text[], channel_ids::text[], token_id, exclude_own,
       ordered, secret_previous IS NOT NULL, disabled_at, disabled_reason, version, created_at
FROM webhook
WHERE account_id = $1 AND id = $2

-- name: lock_webhook
-- Held to the end of whatever changes the endpoint, its state or its deliveries; a statement of its own.
SELECT webhook_id FROM webhook_state WHERE account_id = $1 AND webhook_id = $2 FOR NO KEY UPDATE

-- name: find_progress
SELECT cursor, failures, trips, failing_since, open_until, error
FROM webhook_state
WHERE account_id = $1 AND webhook_id = $2

-- name: list_webhooks
-- Oldest first; an account has few. $2 and $3: the last one of the page before, or NULL.
SELECT w.account_id, w.id, w.name, w.url, w.format, w.link_url, w.types, w.team_ids::text[], w.channel_ids::text[],
       w.token_id, w.exclude_own, w.ordered, w.secret_previous IS NOT NULL, w.disabled_at, w.disabled_reason, w.version,
       w.created_at, s.cursor, s.failures, s.trips, s.failing_since, s.open_until, s.error
FROM webhook w
JOIN webhook_state s ON s.account_id = w.account_id AND s.webhook_id = w.id
WHERE w.account_id = $1 AND ($2::timestamptz IS NULL OR (w.created_at, w.id) > ($2, $3::uuid))
ORDER BY w.created_at, w.id
LIMIT $4

-- name: update_webhook
UPDATE webhook
SET name = $3, url = $4, format = $5, link_url = $6, types = $7::text[], team_ids = $8::uuid[],
    channel_ids = $9::uuid[], token_id = $10, exclude_own = $11, ordered = $12, disabled_at = $13, disabled_reason = $14,
    version = version + 1
WHERE account_id = $1 AND id = $2

-- name: deactivate
-- The caller holds the state. What waits is set aside; what is under way ends first.
WITH gone AS (
    UPDATE webhook_state SET active = false WHERE account_id = $1 AND webhook_id = $2
)
UPDATE webhook_delivery SET due_at = NULL WHERE account_id = $1 AND webhook_id = $2 AND state = 0

-- name: activate
-- The caller holds the state.
WITH back AS (
    UPDATE webhook_state
    SET active = true, failures = 0, trips = 0, failing_since = NULL, open_until = NULL, error = NULL
    WHERE account_id = $1 AND webhook_id = $2
)
UPDATE webhook_delivery
SET due_at = clock_timestamp(), since = clock_timestamp(), base = attempt
WHERE account_id = $1 AND webhook_id = $2 AND state = 0

-- name: delete_webhook
-- The caller holds the state.
WITH waiting AS (
    DELETE FROM webhook_delivery WHERE account_id = $1 AND webhook_id = $2 AND state < 2
), state AS (
    DELETE FROM webhook_state WHERE account_id = $1 AND webhook_id = $2
)
DELETE FROM webhook WHERE account_id = $1 AND id = $2

-- name: rotate_secret
-- Both sign until the rotation is finished; the one before ends here.
UPDATE webhook SET secret_previous = secret, secret = $3, version = version + 1 WHERE account_id = $1 AND id = $2

-- name: finish_rotation
UPDATE webhook SET secret_previous = NULL, version = version + 1 WHERE account_id = $1 AND id = $2

-- name: move_cursor
-- The caller holds the state.
UPDATE webhook_state SET cursor = $3 WHERE account_id = $1 AND webhook_id = $2

-- name: list_deliveries
-- Newest first, by the keyset of webhook_delivery_newest.
SELECT account_id, webhook_id, event_id, seq, type, occurred_at, state, attempt, due_at, status, error, created_at, ended_at
FROM webhook_delivery
WHERE account_id = $1 AND webhook_id = $2 AND (seq, event_id) < ($3::bigint, $4::uuid)
ORDER BY seq DESC, event_id DESC
LIMIT $5

-- name: list_failed
-- The same of what has failed, by webhook_delivery_failed.
SELECT account_id, webhook_id, event_id, seq, type, occurred_at, state, attempt, due_at, status, error, created_at, ended_at
FROM webhook_delivery
WHERE account_id = $1 AND webhook_id = $2 AND (seq, event_id) < ($3::bigint, $4::uuid) AND state = 5
ORDER BY seq DESC, event_id DESC
LIMIT $5

-- name: find_delivery
SELECT account_id, webhook_id, event_id, seq, type, occurred_at, state, attempt, due_at, status, error, created_at, ended_at
FROM webhook_delivery
WHERE account_id = $1 AND webhook_id = $2 AND event_id = $3

-- name: find_body
SELECT body FROM webhook_body WHERE account_id = $1 AND seq = $2

-- name: replay_delivery
-- The caller holds the state. Nothing that is under way.
UPDATE webhook_delivery
SET state = 0, due_at = clock_timestamp(), since = clock_timestamp(), base = attempt, leased_until = NULL, ended_at = NULL
WHERE account_id = $1 AND webhook_id = $2 AND event_id = $3 AND state <> 1
RETURNING account_id, webhook_id, event_id, seq, type, occurred_at, state, attempt, due_at, status, error, created_at, ended_at

-- name: insert_ping
INSERT INTO webhook_delivery (account_id, webhook_id, event_id, seq, type, occurred_at, due_at)
SELECT $1, $2, $3, f.seq, 'ping', clock_timestamp(), clock_timestamp()
FROM account_feed f
WHERE f.account_id = $1
RETURNING account_id, webhook_id, event_id, seq, type, occurred_at, state, attempt, due_at, status, error, created_at, ended_at

-- name: find_behind
-- The accounts whose log is ahead of an endpoint that may be told.
SELECT webhooks_behind($1)

-- name: lock_behind
-- Their endpoints, each for one instance at a time; those that somebody else is at are left to them.
SELECT s.account_id, s.webhook_id, s.cursor, s.failures, s.trips, s.failing_since, s.open_until
FROM webhook_state s
JOIN account_feed f ON f.account_id = s.account_id AND f.seq > s.cursor
WHERE s.account_id = ANY ($1::uuid[]) AND s.active AND (s.open_until IS NULL OR s.open_until <= clock_timestamp())
ORDER BY s.account_id, s.webhook_id
FOR NO KEY UPDATE OF s SKIP LOCKED

-- name: load_followers
-- What the locked endpoints want, and how much waits for each, counted no further than the window $3.
SELECT w.account_id, w.id, w.types, w.team_ids::text[], w.channel_ids::text[], w.token_id, w.exclude_own, w.ordered,
       (SELECT count(*) FROM (
            SELECT FROM webhook_delivery d
            WHERE d.account_id = w.account_id AND d.webhook_id = w.id AND d.state < 2
            LIMIT $3) d)
FROM unnest($1::uuid[], $2::uuid[]) AS k (account_id, webhook_id)
JOIN webhook w ON w.account_id = k.account_id AND w.id = k.webhook_id

-- name: advance
-- The caller holds the states.
UPDATE webhook_state s
SET cursor = u.cursor
FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS u (account_id, webhook_id, cursor)
WHERE s.account_id = u.account_id AND s.webhook_id = u.webhook_id

-- name: insert_deliveries
-- What was told before, up to a cursor that somebody moved back, is told again, with its time to give up begun anew.
INSERT INTO webhook_delivery AS d (account_id, webhook_id, event_id, seq, type, conversation_id, occurred_at, due_at)
SELECT u.account_id, u.webhook_id, u.event_id, u.seq, u.type, u.conversation_id, u.occurred_at, clock_timestamp()
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::uuid[], $7::timestamptz[])
     AS u (account_id, webhook_id, event_id, seq, type, conversation_id, occurred_at)
ON CONFLICT (account_id, webhook_id, event_id) DO UPDATE
SET state = 0, due_at = excluded.due_at, since = excluded.due_at, base = d.attempt, leased_until = NULL, ended_at = NULL,
    conversation_id = excluded.conversation_id
WHERE d.state >= 2

-- name: missing_bodies
-- Those of the events whose bytes are not kept, or not made yet.
SELECT u.account_id, u.seq
FROM unnest($1::uuid[], $2::bigint[]) AS u (account_id, seq)
WHERE NOT EXISTS (SELECT FROM webhook_body b WHERE b.account_id = u.account_id AND b.seq = u.seq)

-- name: insert_bodies
-- Whoever was first made the bytes that stay.
INSERT INTO webhook_body (account_id, seq, body)
SELECT u.account_id, u.seq, u.body
FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS u (account_id, seq, body)
ORDER BY u.account_id, u.seq
ON CONFLICT (account_id, seq) DO NOTHING

-- name: lock_due
-- Any instance. Expired leases are due too. Of an ordered endpoint only what has no unfinished forerunner about its
-- conversation; of one that failed last one attempt at a time. The fence keeps the planner from claiming more than it
-- locks. $1 rows looked at, $2 endpoints that are full, $3 and $4 endpoints under way and their numbers, $5 limit of an
-- endpoint.
WITH due AS MATERIALIZED (
    SELECT d.account_id, d.webhook_id, d.event_id, d.seq, d.type, d.due_at
    FROM webhook_delivery d
    WHERE d.due_at <= (SELECT clock_timestamp()) AND d.webhook_id <> ALL ($2::uuid[])
      AND (d.conversation_id IS NULL OR NOT EXISTS (
          SELECT FROM webhook_delivery b
          WHERE b.account_id = d.account_id AND b.webhook_id = d.webhook_id AND b.conversation_id = d.conversation_id
            AND b.state < 2 AND b.seq < d.seq))
      AND NOT (d.webhook_id = ANY ($3::uuid[]) AND EXISTS (
          SELECT FROM webhook_state s
          WHERE s.account_id = d.account_id AND s.webhook_id = d.webhook_id
            AND (s.failures > 0 OR s.open_until IS NOT NULL)))
    ORDER BY d.due_at
    LIMIT $1
    FOR NO KEY UPDATE OF d SKIP LOCKED
), placed AS (
    SELECT due.*, row_number() OVER (PARTITION BY account_id, webhook_id ORDER BY due_at, seq, event_id) AS place,
           count(*) OVER () AS seen
    FROM due
), judged AS (
    SELECT p.*, coalesce(s.failures > 0 OR s.open_until IS NOT NULL, false) AS is_shaky
    FROM placed p
    LEFT JOIN webhook_state s ON s.account_id = p.account_id AND s.webhook_id = p.webhook_id
)
SELECT j.account_id, j.webhook_id, j.event_id, j.seq, j.type = 'ping', j.is_shaky, j.seen
FROM judged j
LEFT JOIN unnest($3::uuid[], $4::int[]) AS f (webhook_id, under_way) ON f.webhook_id = j.webhook_id
WHERE j.place <= CASE WHEN j.is_shaky THEN 1 ELSE $5::int - coalesce(f.under_way, 0) END
ORDER BY j.account_id, j.webhook_id, j.seq, j.event_id

-- name: until_next_due
-- How long the sender may sleep, in ms; endpoints that are full wake it by themselves, and so does the end of what
-- something else waits for. $1 endpoints that are full, $2 endpoints under way.
SELECT (extract(epoch FROM d.due_at - clock_timestamp()) * 1000)::bigint
FROM webhook_delivery d
WHERE d.due_at IS NOT NULL AND d.webhook_id <> ALL ($1::uuid[])
  AND (d.conversation_id IS NULL OR NOT EXISTS (
      SELECT FROM webhook_delivery b
      WHERE b.account_id = d.account_id AND b.webhook_id = d.webhook_id AND b.conversation_id = d.conversation_id
        AND b.state < 2 AND b.seq < d.seq))
  AND NOT (d.webhook_id = ANY ($2::uuid[]) AND EXISTS (
      SELECT FROM webhook_state s
      WHERE s.account_id = d.account_id AND s.webhook_id = d.webhook_id
        AND (s.failures > 0 OR s.open_until IS NOT NULL)))
ORDER BY d.due_at
LIMIT 1

-- name: load_ways
-- How each endpoint is reached right now.
SELECT w.account_id, w.id, w.url, w.format, w.link_url, w.secret, w.secret_previous, w.disabled_at IS NOT NULL
FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::uuid[]) AS u (account_id, id)) k
JOIN webhook w ON w.account_id = k.account_id AND w.id = k.id

-- name: load_bodies
-- The bytes of the events, as far as they fit into $3 together; the first always does.
SELECT k.account_id, k.seq, CASE WHEN k.place = 1 OR k.total <= $3::bigint THEN k.body END
FROM (
    SELECT b.account_id, b.seq, b.body, sum(octet_length(b.body)) OVER (ORDER BY u.place) AS total, u.place
    FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS u (account_id, seq, place)
    JOIN webhook_body b ON b.account_id = u.account_id AND b.seq = u.seq
) k

-- name: begin_attempts
-- The caller holds the rows. Committed before the first byte: number and lease.
UPDATE webhook_delivery d
SET state = 1, attempt = d.attempt + 1, leased_until = t.now + $4::bigint * interval '1 millisecond',
    due_at = t.now + $4::bigint * interval '1 millisecond'
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS u (account_id, webhook_id, event_id),
     (SELECT clock_timestamp() AS now) t
WHERE d.account_id = u.account_id AND d.webhook_id = u.webhook_id AND d.event_id = u.event_id
RETURNING d.account_id, d.webhook_id, d.event_id, d.attempt, d.base, d.since, d.occurred_at, t.now

-- name: give_up
-- The caller holds the rows. Their event is not kept any more.
UPDATE webhook_delivery d
SET state = 5, due_at = NULL, leased_until = NULL, error = 'The event is not kept any more.', ended_at = clock_timestamp()
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS u (account_id, webhook_id, event_id)
WHERE d.account_id = u.account_id AND d.webhook_id = u.webhook_id AND d.event_id = u.event_id

-- name: set_aside
-- The caller holds the rows. Their endpoint is disabled.
UPDATE webhook_delivery d
SET state = 0, due_at = NULL, leased_until = NULL
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS u (account_id, webhook_id, event_id)
WHERE d.account_id = u.account_id AND d.webhook_id = u.webhook_id AND d.event_id = u.event_id

-- name: drop_deliveries
-- The caller holds the rows. Their endpoint is gone.
DELETE FROM webhook_delivery d
USING unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS u (account_id, webhook_id, event_id)
WHERE d.account_id = u.account_id AND d.webhook_id = u.webhook_id AND d.event_id = u.event_id

-- name: lock_states
-- Before the deliveries: the endpoints whose breaker may move.
SELECT s.account_id, s.webhook_id, s.failures, s.trips, s.failing_since, s.open_until, s.active, clock_timestamp()
FROM webhook_state s
JOIN unnest($1::uuid[], $2::uuid[]) AS u (account_id, webhook_id)
  ON s.account_id = u.account_id AND s.webhook_id = u.webhook_id
ORDER BY s.account_id, s.webhook_id
FOR NO KEY UPDATE OF s

-- name: conclude
-- Each only while its attempt is the newest and under way. $5 states, $6 pauses in ms or NULL, $7 errors, $8 statuses.
UPDATE webhook_delivery d
SET state = u.state, due_at = clock_timestamp() + u.wait_ms * interval '1 millisecond', leased_until = NULL,
    error = u.error, status = u.status, ended_at = CASE WHEN u.state >= 2 THEN clock_timestamp() END
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[], $5::smallint[], $6::bigint[], $7::text[], $8::int[])
     AS u (account_id, webhook_id, event_id, attempt, state, wait_ms, error, status)
WHERE d.account_id = u.account_id AND d.webhook_id = u.webhook_id AND d.event_id = u.event_id
  AND d.attempt = u.attempt AND d.state = 1
RETURNING d.account_id, d.webhook_id, d.event_id

-- name: store_states
-- The caller holds them.
UPDATE webhook_state s
SET failures = u.failures, trips = u.trips, failing_since = u.failing_since, open_until = u.open_until,
    error = coalesce(u.error, s.error)
FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::timestamptz[], $6::timestamptz[], $7::text[])
     AS u (account_id, webhook_id, failures, trips, failing_since, open_until, error)
WHERE s.account_id = u.account_id AND s.webhook_id = u.webhook_id

-- name: hold_back
-- The caller holds the state. Nothing is tried before $3, and then what is oldest: it decides for all.
UPDATE webhook_delivery d
SET due_at = CASE WHEN d.event_id = first.event_id THEN $3::timestamptz ELSE greatest(d.due_at, $3) END
FROM (
    SELECT f.event_id
    FROM webhook_delivery f
    WHERE f.account_id = $1 AND f.webhook_id = $2 AND f.state = 0
    ORDER BY f.seq, f.event_id
    LIMIT 1
) first
WHERE d.account_id = $1 AND d.webhook_id = $2 AND d.state = 0 AND d.due_at IS NOT NULL

-- name: release
-- The caller holds the state. The endpoint answers again: everything that waits for it is due.
UPDATE webhook_delivery
SET due_at = clock_timestamp()
WHERE account_id = $1 AND webhook_id = $2 AND state = 0 AND due_at > clock_timestamp()

-- name: disable
-- The caller holds the state. Nothing where somebody was faster.
UPDATE webhook
SET disabled_at = clock_timestamp(), disabled_reason = $3, version = version + 1
WHERE account_id = $1 AND id = $2 AND disabled_at IS NULL
RETURNING account_id, id, name, url, format, link_url, types, team_ids::text[], channel_ids::text[], token_id, exclude_own,
          ordered, secret_previous IS NOT NULL, disabled_at, disabled_reason, version, created_at

-- name: measure_backlog
-- For the gauges; counts no further than $1.
SELECT count(*), coalesce(greatest(extract(epoch FROM clock_timestamp() - min(due_at)), 0), 0)::bigint
FROM (SELECT due_at FROM webhook_delivery WHERE due_at IS NOT NULL ORDER BY due_at LIMIT $1) d

-- name: measure_endpoints
-- For the gauges: those that answer, those that the breaker holds back, and those that are disabled.
SELECT count(*) FILTER (WHERE active AND open_until IS NULL), count(*) FILTER (WHERE active AND open_until IS NOT NULL),
       count(*) FILTER (WHERE NOT active)
FROM webhook_state

-- name: delete_old_deliveries
-- Ended longer ago than anybody looks back, in portions.
DELETE FROM webhook_delivery d
USING (
    SELECT account_id, webhook_id, event_id
    FROM webhook_delivery
    WHERE ended_at < statement_timestamp() - $1::bigint * interval '1 millisecond'
    ORDER BY ended_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
) old
WHERE d.account_id = old.account_id AND d.webhook_id = old.webhook_id AND d.event_id = old.event_id

-- name: delete_old_bodies
-- A delivery that still needs one gets it made anew.
DELETE FROM webhook_body b
USING (
    SELECT account_id, seq
    FROM webhook_body
    WHERE created_at < statement_timestamp() - $1::bigint * interval '1 millisecond'
    ORDER BY created_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
) old
WHERE b.account_id = old.account_id AND b.seq = old.seq
