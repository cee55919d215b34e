-- name: lock_audit
-- An advisory lock of the account, taken first in the transaction.
SELECT pg_advisory_xact_lock(uuid_hash_extended($1::uuid, 6172381905))

-- name: insert_entry
INSERT INTO audit (account_id, id, agent_id, token_id, operation, kind, subject_id, changes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::json)

-- name: list_entries
-- Newest first, along the primary key; $2 and $3 are the last of the page before.
SELECT account_id, id, created_at, agent_id, token_id, operation, kind, subject_id, changes
FROM audit
WHERE account_id = $1 AND (created_at, id) < ($2::timestamptz, $3::uuid)
ORDER BY created_at DESC, id DESC
LIMIT $4

-- name: delete_old_entries
-- The oldest first, across accounts; another instance may do the same.
DELETE FROM audit a
USING (
    SELECT o.account_id, o.created_at, o.id
    FROM audit o
    WHERE o.created_at < statement_timestamp() - $1::bigint * interval '1 millisecond'
    ORDER BY o.created_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
) old
WHERE a.account_id = old.account_id AND a.created_at = old.created_at AND a.id = old.id
