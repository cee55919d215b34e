-- name: try_key
-- A statement of its own: whoever holds the lock decides what the next one reads.
SELECT pg_try_advisory_xact_lock($1)

-- name: find_answer
-- The answer that was stored under this token's key.
SELECT i.request_hash, i.status, i.headers, i.answer
FROM idempotency i
WHERE i.account_id = $1 AND i.token_id = $2 AND i.key = $3

-- name: keep_answer
-- In the transaction that acted: both are there, or neither is.
INSERT INTO idempotency (account_id, token_id, key, request_hash, status, headers, answer)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING pg_current_xact_id()::text

-- name: delete_old_answers
-- The oldest first, across accounts; another instance may do the same.
DELETE FROM idempotency i
USING (
    SELECT o.account_id, o.token_id, o.key
    FROM idempotency o
    WHERE o.created_at < statement_timestamp() - $1::bigint * interval '1 millisecond'
    ORDER BY o.created_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
) old
WHERE i.account_id = old.account_id AND i.token_id = old.token_id AND i.key = old.key

-- name: notify_streams
-- What is not worth storing, for the streams of other processes; a transaction without data, see wakeups.
SELECT pg_notify('lupaus_stream', p.payload)
FROM unnest($1::text[]) AS p (payload)

-- name: find_attachment
-- Its name, where its bytes are, the name under which it is linked; and why its bytes are not there.
SELECT a.name, a.sha256, a.public_name, a.state, a.error
FROM attachment a
WHERE a.account_id = $1 AND a.id = $2

-- name: find_file
-- What a link names. Of any account: whoever signed the link has looked whose it is.
SELECT name, sha256 FROM find_file($1)
