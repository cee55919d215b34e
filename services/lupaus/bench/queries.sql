-- name: is_queue_empty
SELECT NOT EXISTS (SELECT FROM inbound)

-- name: count_told
-- After a run: what the log says, and what nobody got.
SELECT count(*), count(*) - count(DISTINCT message_id),
       (SELECT count(*) FROM conversation WHERE account_id = ANY ($1::uuid[]) AND assignee_id IS NULL)
FROM event
WHERE account_id = ANY ($1::uuid[]) AND type = 'message.created'
