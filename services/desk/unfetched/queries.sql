-- name: recognise
-- Of the mails listed under the numbering $3, $4: those that are entered under it, and those that take the places of
-- earlier numberings, the oldest first. Only the process that reads the mailbox numbers; whoever asks waits for it.
WITH listed AS MATERIALIZED (
    SELECT l.uid, l.size_bytes, l.arrived_at
    FROM unnest($5::bigint[], $6::bigint[], $7::timestamptz[]) AS l (uid, size_bytes, arrived_at)
), held AS MATERIALIZED (
    SELECT u.message_id, u.uid, u.size_bytes, u.arrived_at,
           u.source = $3 AND u.uid_validity = $4::bigint AS is_current
    FROM (SELECT DISTINCT size_bytes, arrived_at FROM listed) l
    JOIN unfetched_mail u ON u.account_id = $1 AND u.channel_id = $2 AND u.size_bytes = l.size_bytes
                             AND u.arrived_at IS NOT DISTINCT FROM l.arrived_at
), known AS MATERIALIZED (
    SELECT l.uid
    FROM listed l
    JOIN held h ON h.is_current AND h.uid = l.uid AND h.size_bytes = l.size_bytes
                   AND h.arrived_at IS NOT DISTINCT FROM l.arrived_at
), placed AS MATERIALIZED (
    SELECT earlier.message_id, fresh.uid
    FROM (SELECT uid, size_bytes, arrived_at,
                 row_number() OVER (PARTITION BY size_bytes, arrived_at ORDER BY uid) AS position
          FROM listed
          WHERE uid NOT IN (SELECT uid FROM known)) fresh
    JOIN (SELECT message_id, size_bytes, arrived_at,
                 row_number() OVER (PARTITION BY size_bytes, arrived_at ORDER BY message_id) AS position
          FROM held
          WHERE NOT is_current) earlier
      ON earlier.size_bytes = fresh.size_bytes AND earlier.arrived_at IS NOT DISTINCT FROM fresh.arrived_at
         AND earlier.position = fresh.position
), moved AS (
    UPDATE unfetched_mail u SET source = $3, uid_validity = $4::bigint, uid = p.uid
    FROM placed p
    WHERE u.account_id = $1 AND u.message_id = p.message_id
    RETURNING u.uid
)
SELECT uid FROM known UNION ALL SELECT uid FROM moved

-- name: enter
-- In the transaction that moves the checkpoint behind them. A mail that was stored meanwhile keeps its key, and has
-- bytes: it is none of these.
INSERT INTO unfetched_mail (account_id, message_id, channel_id, source, uid_validity, uid, size_bytes, arrived_at)
SELECT $1, e.id, $2, $3, $4, e.uid, e.size_bytes, e.arrived_at
FROM unnest($5::uuid[], $6::bigint[], $7::bigint[], $8::timestamptz[]) AS e (id, uid, size_bytes, arrived_at)
CROSS JOIN LATERAL (
    SELECT FROM inbound_raw r WHERE r.account_id = $1 AND r.id = e.id AND length(r.bytes) = 0 LIMIT 1
) empty
ON CONFLICT (account_id, message_id) DO NOTHING

-- name: ask
-- Once, however often it is asked; what a channel without a mailbox was asked for before is forgotten.
UPDATE unfetched_mail u SET asked_at = CASE WHEN w.is_read THEN coalesce(u.asked_at, clock_timestamp()) END
FROM (SELECT e.imap_host IS NOT NULL AND c.disabled_at IS NULL AS is_read
      FROM unfetched_mail m
      JOIN channel c ON c.account_id = m.account_id AND c.id = m.channel_id
      JOIN email_channel e ON e.account_id = c.account_id AND e.channel_id = c.id
      WHERE m.account_id = $1 AND m.message_id = $2) w
WHERE u.account_id = $1 AND u.message_id = $2
RETURNING u.asked_at IS NOT NULL

-- name: list_asked
SELECT message_id, uid, size_bytes, arrived_at, source = $3 AND uid_validity = $4::bigint
FROM unfetched_mail
WHERE account_id = $1 AND channel_id = $2 AND asked_at IS NOT NULL
ORDER BY asked_at, message_id
LIMIT $5

-- name: give_back
-- The row in quarantine is held.
WITH back AS (
    UPDATE unfetched_mail SET asked_at = NULL WHERE account_id = $1 AND message_id = $2
)
UPDATE quarantine SET error = $3, quarantined_at = clock_timestamp() WHERE account_id = $1 AND id = $2

-- name: replace
-- The same. Its key ($4) leads to the message that it became, so that nobody takes it for a new one.
WITH gone AS (
    DELETE FROM unfetched_mail WHERE account_id = $1 AND message_id = $2
), freed AS (
    DELETE FROM quarantine WHERE account_id = $1 AND id = $2
), emptied AS (
    DELETE FROM inbound_raw WHERE account_id = $1 AND id = $2
)
UPDATE inbound_key SET message_id = $5 WHERE account_id = $1 AND channel_id = $3 AND key = $4
