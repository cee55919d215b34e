-- name: last_reply
-- A person's, to the customer, that neither failed nor was undone: backwards from the end.
SELECT ordered_at, visible_seq
FROM message
WHERE account_id = $1 AND conversation_id = $2 AND direction = 1 AND kind = 0
  AND coalesce(delivery_state NOT IN (5, 7), true)
ORDER BY ordered_at DESC, seq DESC
LIMIT 1

-- name: unanswered
-- The conversation is locked. What a person said since, the oldest first; history is nobody's wait.
SELECT id
FROM message
WHERE account_id = $1 AND conversation_id = $2 AND ordered_at >= $3 AND visible_seq > $4
  AND direction = 0 AND kind = 0 AND NOT history AND deleted_at IS NULL AND verdict IS NULL
ORDER BY ordered_at, seq
LIMIT $5

-- name: mark
-- The conversation is locked. With the promise that was waived for it.
UPDATE message
SET verdict = $3::smallint, verdict_rule = $4, settled_id = $5
WHERE account_id = $1 AND id = ANY ($2::uuid[])

-- name: held
-- In the order of message_judged.
SELECT id, ordered_at, seq, visible_seq, NOT history AND deleted_at IS NULL, settled_id
FROM message
WHERE account_id = $1 AND conversation_id = $2 AND verdict IS NOT NULL AND verdict = $3
ORDER BY ordered_at, seq
LIMIT $4

-- name: find
-- One of them.
SELECT id, ordered_at, seq, visible_seq, NOT history AND deleted_at IS NULL, settled_id
FROM message
WHERE account_id = $1 AND conversation_id = $2 AND id = $3 AND verdict IS NOT NULL

-- name: clear
-- The conversation is locked. They count again.
UPDATE message
SET verdict = NULL, verdict_rule = NULL, settled_id = NULL
WHERE account_id = $1 AND id = ANY ($2::uuid[])

-- name: holds
-- Whether any is left.
SELECT id
FROM message
WHERE account_id = $1 AND conversation_id = $2 AND verdict IS NOT NULL AND verdict = $3
LIMIT 1

-- name: leader
-- An older one for which the same promise was waived.
SELECT id
FROM message
WHERE account_id = $1 AND conversation_id = $2 AND verdict IS NOT NULL AND (ordered_at, seq) < ($3, $4) AND settled_id = $5
LIMIT 1

-- name: one_before
-- Something that a person said in the conversation, on either side.
SELECT id
FROM message
WHERE account_id = $1 AND conversation_id = $2 AND (ordered_at, seq) < ($3, $4) AND kind = 0
  AND (direction = 1 OR verdict IS NULL)
LIMIT 1

-- name: list
-- Keyset in the order of message_verdict, the newest first: those before $3 and $4, which is infinity for all.
SELECT id
FROM message
WHERE account_id = $1 AND verdict IS NOT NULL AND verdict = $2 AND (created_at, id) < ($3, $4)
ORDER BY created_at DESC, id DESC
LIMIT $5

-- name: count_days
-- By rule, days in UTC, of the last $3; no more than $4 are counted.
SELECT (w.created_at AT TIME ZONE 'UTC')::date, w.verdict_rule, count(*)
FROM (
    SELECT created_at, verdict_rule
    FROM message
    WHERE account_id = $1 AND verdict IS NOT NULL AND verdict = $2
      AND created_at >= (SELECT (date_trunc('day', clock_timestamp() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')
                                - ($3::int - 1) * interval '1 day')
    ORDER BY created_at DESC, id DESC
    LIMIT $4
) w
GROUP BY 1, 2
ORDER BY 1 DESC, 3 DESC, 2
