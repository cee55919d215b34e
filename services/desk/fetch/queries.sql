-- name: enqueue
-- In the transaction that stores the attachments; due at once.
INSERT INTO attachment_fetch (account_id, attachment_id, url)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])

-- name: claim
-- Any instance; across accounts. Expired leases are due too: due_at is the end of the lease. $1 rows looked at, $2 accounts
-- that are full, $3 and $4 accounts with attempts under way and their numbers, $5 limit of an account, $6 lease in ms.
WITH due AS MATERIALIZED (
    SELECT account_id, attachment_id, due_at
    FROM attachment_fetch
    WHERE due_at <= (SELECT clock_timestamp()) AND account_id <> ALL ($2::uuid[])
    ORDER BY due_at
    LIMIT $1
    FOR NO KEY UPDATE SKIP LOCKED
), placed AS (
    SELECT due.*, row_number() OVER (PARTITION BY account_id ORDER BY due_at, attachment_id) AS place,
           count(*) OVER () AS seen
    FROM due
), chosen AS (
    SELECT p.account_id, p.attachment_id, p.seen
    FROM placed p
    LEFT JOIN unnest($3::uuid[], $4::int[]) AS f (account_id, under_way) ON f.account_id = p.account_id
    WHERE p.place <= $5::int - coalesce(f.under_way, 0)
)
UPDATE attachment_fetch f
SET attempt = f.attempt + 1, leased_until = t.now + $6::bigint * interval '1 millisecond',
    due_at = t.now + $6::bigint * interval '1 millisecond'
FROM chosen c, (SELECT clock_timestamp() AS now) t
WHERE f.account_id = c.account_id AND f.attachment_id = c.attachment_id
RETURNING f.account_id, f.attachment_id, f.url, f.attempt, f.attempt - f.base, f.since, t.now, c.seen

-- name: until_next_due
-- How long the fetcher may sleep, in ms; the accounts that are full wake it by themselves.
SELECT (extract(epoch FROM min(due_at) - clock_timestamp()) * 1000)::bigint
FROM attachment_fetch
WHERE due_at IS NOT NULL AND account_id <> ALL ($1::uuid[])

-- name: measure_backlog
-- For the gauges; counts no further than $1.
SELECT count(*), coalesce(greatest(extract(epoch FROM clock_timestamp() - min(due_at)), 0), 0)::bigint
FROM (SELECT due_at FROM attachment_fetch WHERE due_at IS NOT NULL ORDER BY due_at LIMIT $1) d

-- name: find_place
-- The conversation that an attachment belongs to; before and after that is locked.
SELECT m.conversation_id
FROM attachment a
JOIN message m ON m.account_id = a.account_id AND m.id = a.message_id
WHERE a.account_id = $1 AND a.id = $2

-- name: finish
-- Only while $3 is the newest attempt. There is a file, or nothing that one would be for.
DELETE FROM attachment_fetch WHERE account_id = $1 AND attachment_id = $2 AND attempt = $3 RETURNING attempt

-- name: postpone
-- Only while $3 is the newest attempt. $4 pause in ms; NULL: given up.
UPDATE attachment_fetch
SET due_at = clock_timestamp() + $4::bigint * interval '1 millisecond', leased_until = NULL
WHERE account_id = $1 AND attachment_id = $2 AND attempt = $3
RETURNING attempt

-- name: store_file
-- The conversation is locked.
UPDATE attachment
SET state = 0, error = NULL, sha256 = $3, size_bytes = $4, content_type = coalesce($5, content_type)
WHERE account_id = $1 AND id = $2
RETURNING account_id, id, message_id, name, content_type, size_bytes, sha256, state, error, content_id

-- name: note_state
-- The conversation is locked.
UPDATE attachment
SET state = $3, error = $4
WHERE account_id = $1 AND id = $2
RETURNING account_id, id, message_id, name, content_type, size_bytes, sha256, state, error, content_id

-- name: find_attachment
SELECT account_id, id, message_id, name, content_type, size_bytes, sha256, state, error, content_id
FROM attachment
WHERE account_id = $1 AND id = $2

-- name: hasten
-- Due now, with a new round of attempts; one that is under way goes on. The conversation is locked.
UPDATE attachment_fetch
SET due_at = clock_timestamp(), since = clock_timestamp(), base = attempt
WHERE account_id = $1 AND attachment_id = $2 AND leased_until IS NULL
RETURNING attempt

-- name: give_back
-- Attempts that were cut short when their process stopped: due again at once.
UPDATE attachment_fetch f
SET due_at = clock_timestamp(), leased_until = NULL
FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS u (account_id, attachment_id, attempt)
WHERE f.account_id = u.account_id AND f.attachment_id = u.attachment_id AND f.attempt = u.attempt
  AND f.leased_until IS NOT NULL
