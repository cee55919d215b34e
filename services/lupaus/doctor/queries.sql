-- name: backend
-- Of the session that really answers; a pooler tells its clients another number.
SELECT pg_backend_pid()

-- name: keep_setting
-- For the session, not for the transaction: whether it stays is the question.
SELECT set_config('lupaus.doctor', $1, false)

-- name: read_setting
SELECT coalesce(current_setting('lupaus.doctor', true), '')

-- name: oldest_snapshot
-- What keeps dead rows of this database from being removed. The start of other roles' transactions is hidden from us.
SELECT holder, age(xmin), lasted
FROM (
    SELECT 'session ' || pid || ' of ' || coalesce(usename, 'the server') AS holder, backend_xmin AS xmin,
           extract(epoch FROM clock_timestamp() - xact_start)::bigint AS lasted
    FROM pg_stat_activity
    WHERE backend_xmin IS NOT NULL AND pid <> pg_backend_pid() AND (datname = current_database() OR datname IS NULL)
    UNION ALL
    SELECT 'replication slot ' || slot_name, xmin, NULL
    FROM pg_replication_slots
    WHERE xmin IS NOT NULL
    UNION ALL
    SELECT 'prepared transaction ' || gid, transaction, extract(epoch FROM clock_timestamp() - prepared)::bigint
    FROM pg_prepared_xacts
    WHERE database = current_database()
) held
ORDER BY age(xmin) DESC
LIMIT 1

-- name: refused_messages
-- Of the last day, along rejection_age.
SELECT channel_id, count(*), max(detail)
FROM rejection
WHERE received_at > (SELECT clock_timestamp()) - interval '1 day' AND replayed_at IS NULL
GROUP BY channel_id
ORDER BY count(*) DESC
LIMIT $1

-- name: refusing_receivers
-- Only what is still tried, along delivery_due.
SELECT channel_id, count(*), max(error)
FROM delivery
WHERE due_at IS NOT NULL AND state = 0 AND attempt >= $2 AND error IS NOT NULL
GROUP BY channel_id
ORDER BY count(*) DESC
LIMIT $1

-- name: failing_mailboxes
-- Those that cannot be read, and those that no process reads; the longest first.
SELECT l.channel_id, m.last_good_at,
       CASE WHEN m.owned_until > clock_timestamp() THEN m.reason ELSE 'no process with the role email reads it' END
FROM list_mailboxes() l
LEFT JOIN mailbox m ON m.account_id = l.account_id AND m.channel_id = l.channel_id
WHERE m.state = 3 OR (m.state IS DISTINCT FROM 4 AND (m.owned_until > clock_timestamp()) IS NOT TRUE)
ORDER BY m.last_good_at NULLS FIRST, l.channel_id
LIMIT $1

-- name: count_quarantined
-- As the owner, no further than $1.
SELECT count(*) FROM (SELECT FROM quarantine LIMIT $1) q

-- name: silent_channels
-- As the owner, who sees every account: channels older than $1 seconds in whose conversations nothing was said since.
-- Walks what was said in that time, along conversation_newest. The states are a list, not a join, which a planner may leave
-- to the end.
WITH heard AS (
    SELECT DISTINCT c.account_id, c.channel_id
    FROM account a
    JOIN conversation c ON c.account_id = a.account_id AND c.state = ANY (ARRAY[0, 1, 2, 3]::smallint[])
                       AND c.last_message_at > (SELECT clock_timestamp()) - $1::bigint * interval '1 second'
)
SELECT a.name || ' / ' || c.name
FROM channel c
JOIN account a ON a.account_id = c.account_id
LEFT JOIN heard h ON h.account_id = c.account_id AND h.channel_id = c.id
WHERE c.disabled_at IS NULL AND h.channel_id IS NULL
  AND c.created_at < clock_timestamp() - $1::bigint * interval '1 second'
ORDER BY 1
LIMIT $2
