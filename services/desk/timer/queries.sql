-- name: put_timers
-- The newest word counts: snoozing again moves the end. In the order given, which is that of the keys.
INSERT INTO timer (account_id, kind, subject_id, due_at)
SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::uuid[], $4::timestamptz[])
ON CONFLICT (account_id, kind, subject_id) DO UPDATE SET due_at = excluded.due_at

-- name: remove
-- What it would have ended is over.
DELETE FROM timer t
USING unnest($1::uuid[], $2::smallint[], $3::uuid[]) AS u (account_id, kind, subject_id)
WHERE t.account_id = u.account_id AND t.kind = u.kind AND t.subject_id = u.subject_id

-- name: postpone
-- $4: microseconds from now, before which it does not ring.
UPDATE timer
SET due_at = greatest(due_at, clock_timestamp() + $4::bigint * interval '1 microsecond')
WHERE account_id = $1 AND kind = $2 AND subject_id = $3

-- name: claim_due
-- Any instance; the fence keeps the planner from claiming more than it locks. A timer that was moved while somebody
-- else held it is skipped and found again at its new time.
WITH due AS MATERIALIZED (
    SELECT account_id, kind, subject_id
    FROM timer
    WHERE due_at >= $1 AND due_at <= (SELECT clock_timestamp())
    ORDER BY due_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
), taken AS (
    DELETE FROM timer t
    USING due d
    WHERE t.account_id = d.account_id AND t.kind = d.kind AND t.subject_id = d.subject_id
    RETURNING t.account_id, t.kind, t.subject_id, t.due_at
)
SELECT account_id, kind, subject_id, due_at FROM taken ORDER BY due_at, account_id, kind, subject_id

-- name: next_due
-- How long the watcher may sleep.
SELECT min(due_at) FROM timer WHERE due_at >= $1
