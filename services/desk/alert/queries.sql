-- name: supersede
-- Raising a level ends the one below it; an acknowledged one too, since nobody answered while it was held. A level that
-- was there before is not raised again and ends nothing.
UPDATE alert a
SET state = 2, ended_at = clock_timestamp(), version = a.version + 1
FROM unnest($1::uuid[], $2::smallint[], $3::uuid[], $4::smallint[]) AS u (account_id, kind, subject_id, level)
WHERE a.account_id = u.account_id AND a.kind = u.kind AND a.subject_id = u.subject_id AND a.state < 2
  AND NOT EXISTS (SELECT FROM alert h
                  WHERE h.account_id = u.account_id AND h.kind = u.kind AND h.subject_id = u.subject_id AND h.level >= u.level
                    AND NOT (h.kind = 2 AND h.state = 3))
RETURNING a.account_id, a.id, a.kind, a.subject_id, a.level, a.state, a.conversation_id, a.promise_id, a.recipient_type,
          a.recipient_id, a.raised_at, a.noticed_at, a.acknowledged_at, a.acknowledged_by, a.ended_at, a.version

-- name: insert_alerts
-- The unique key makes a level happen once, whatever the watchers do; a ladder only climbs. What was attended and is
-- attended no more, in the same wait, fires again.
INSERT INTO alert AS a (account_id, id, kind, subject_id, level, state, conversation_id, promise_id, recipient_type,
                        recipient_id, raised_at, noticed_at, ended_at)
SELECT u.*, CASE WHEN u.state = 2 THEN u.noticed_at END
FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::uuid[], $5::smallint[], $6::smallint[], $7::uuid[], $8::uuid[],
            $9::smallint[], $10::uuid[], $11::timestamptz[], $12::timestamptz[])
     AS u (account_id, id, kind, subject_id, level, state, conversation_id, promise_id, recipient_type, recipient_id,
           raised_at, noticed_at)
WHERE u.state = 2
   OR NOT EXISTS (SELECT FROM alert h
                  WHERE h.account_id = u.account_id AND h.kind = u.kind AND h.subject_id = u.subject_id AND h.level >= u.level
                    AND NOT (h.kind = 2 AND h.state = 3))
ON CONFLICT ON CONSTRAINT alert_once DO UPDATE
SET state = excluded.state, recipient_type = excluded.recipient_type, recipient_id = excluded.recipient_id,
    raised_at = excluded.raised_at, noticed_at = excluded.noticed_at, acknowledged_at = NULL, acknowledged_by = NULL,
    ended_at = NULL, version = a.version + 1
WHERE a.kind = 2 AND a.state = 3
RETURNING a.account_id, a.id, a.kind, a.subject_id, a.level, a.state, a.conversation_id, a.promise_id, a.recipient_type,
          a.recipient_id, a.raised_at, a.noticed_at, a.acknowledged_at, a.acknowledged_by, a.ended_at, a.version

-- name: resolve_subject
-- What is no longer true does not fire.
UPDATE alert
SET state = 3, ended_at = clock_timestamp(), version = version + 1
WHERE account_id = $1 AND kind = $2 AND subject_id = $3 AND state < 2
RETURNING account_id, id, kind, subject_id, level, state, conversation_id, promise_id, recipient_type, recipient_id,
          raised_at, noticed_at, acknowledged_at, acknowledged_by, ended_at, version

-- name: close_undelivered
-- Those that ended without arriving, $3 of a conversation at most. Waits for a watcher who looks at them, so that the
-- statement after this one finds what it has told; then looks at each again, in words that lead to the primary key:
-- delivery_stuck has the account's, not this one. What was to be sent once more is not.
UPDATE delivery d
SET closed_at = clock_timestamp(), due_at = NULL
FROM (
    SELECT u.account_id, s.id
    FROM unnest($1::uuid[], $2::uuid[]) AS u (account_id, conversation_id)
    CROSS JOIN LATERAL (
        SELECT x.id
        FROM delivery x
        WHERE x.account_id = u.account_id AND x.conversation_id = u.conversation_id AND x.state IN (5, 6)
          AND x.closed_at IS NULL
        LIMIT $3
    ) s
) w
WHERE d.account_id = w.account_id AND d.id = w.id AND d.state BETWEEN 5 AND 6 AND d.closed_at IS NULL
RETURNING d.account_id, d.id

-- name: resolve_undelivered
-- Of deliveries that are locked.
UPDATE alert a
SET state = 3, ended_at = clock_timestamp(), version = a.version + 1
FROM unnest($1::uuid[], $2::uuid[]) AS u (account_id, delivery_id)
WHERE a.account_id = u.account_id AND a.kind = 3 AND a.subject_id = u.delivery_id AND a.state < 2
RETURNING a.account_id, a.id, a.kind, a.subject_id, a.level, a.state, a.conversation_id, a.promise_id, a.recipient_type,
          a.recipient_id, a.raised_at, a.noticed_at, a.acknowledged_at, a.acknowledged_by, a.ended_at, a.version

-- name: resolve_unattended
-- Set-based, for the router's batch.
UPDATE alert a
SET state = 3, ended_at = clock_timestamp(), version = a.version + 1
FROM unnest($1::uuid[], $2::uuid[]) AS u (account_id, conversation_id)
WHERE a.account_id = u.account_id AND a.conversation_id = u.conversation_id AND a.kind = 2 AND a.state < 2
RETURNING a.account_id, a.id, a.kind, a.subject_id, a.level, a.state, a.conversation_id, a.promise_id, a.recipient_type,
          a.recipient_id, a.raised_at, a.noticed_at, a.acknowledged_at, a.acknowledged_by, a.ended_at, a.version

-- name: find
-- One alert.
SELECT account_id, id, kind, subject_id, level, state, conversation_id, promise_id, recipient_type, recipient_id,
       raised_at, noticed_at, acknowledged_at, acknowledged_by, ended_at, version
FROM alert
WHERE account_id = $1 AND id = $2

-- name: acknowledge
-- Only what fires can be taken; the first one to take it is named.
UPDATE alert
SET state = 1, acknowledged_at = clock_timestamp(), acknowledged_by = $3, version = version + 1
WHERE account_id = $1 AND id = $2 AND state = 0
RETURNING account_id, id, kind, subject_id, level, state, conversation_id, promise_id, recipient_type, recipient_id,
          raised_at, noticed_at, acknowledged_at, acknowledged_by, ended_at, version

-- name: page
-- Keyset, newest first.
SELECT account_id, id, kind, subject_id, level, state, conversation_id, promise_id, recipient_type, recipient_id,
       raised_at, noticed_at, acknowledged_at, acknowledged_by, ended_at, version
FROM alert
WHERE account_id = $1 AND state = $2 AND (raised_at, id) < ($3, $4)
ORDER BY raised_at DESC, id DESC
LIMIT $5
