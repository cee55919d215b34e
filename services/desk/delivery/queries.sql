-- name: find_address
-- Always the same one where a customer has several on one channel.
SELECT address
FROM address
WHERE account_id = $1 AND channel_id = $2 AND contact_id = $3
ORDER BY address
LIMIT 1

-- name: enqueue
-- In the reply's transaction, after its message; new rows only. It is held for $9 seconds, or an agent's for those of the
-- team $10: what is held is due later, also where it then goes into the outbox. The timer (kind 1) raises `undelivered`,
-- counted from when it may first be sent; the outbox has none.
WITH way AS (
    SELECT CASE c.kind WHEN 1 THEN e.smtp_host IS NOT NULL ELSE c.outbound_url IS NOT NULL END AS is_pushed,
           clock_timestamp() AS now,
           coalesce($9::int, CASE WHEN $6::uuid IS NOT NULL THEN t.undo_s END, 0) * interval '1 second' AS held
    FROM channel c
    LEFT JOIN email_channel e ON e.account_id = c.account_id AND e.channel_id = c.id
    LEFT JOIN team t ON t.account_id = c.account_id AND t.id = $10
    WHERE c.account_id = $1 AND c.id = $3
), queued AS (
    INSERT INTO delivery (account_id, id, channel_id, conversation_id, message_id, author_id, body, due_at, created_at)
    SELECT $1, $2, $3, $4, $5, $6, $7, CASE WHEN is_pushed OR held > interval '0' THEN now + held END, now
    FROM way
    RETURNING *
), said AS (
    UPDATE message m
    SET sends_at = q.due_at
    FROM queued q
    WHERE q.due_at > q.created_at AND m.account_id = q.account_id AND m.conversation_id = q.conversation_id
      AND m.id = q.message_id
), watched AS (
    INSERT INTO timer (account_id, kind, subject_id, due_at)
    SELECT q.account_id, 1, q.id, q.due_at + $8::bigint * interval '1 second'
    FROM queued q
    CROSS JOIN way
    WHERE way.is_pushed
)
SELECT account_id, id, channel_id, conversation_id, message_id, author_id, state, attempt, due_at, leased_until, body,
       error, external_id, created_at, sent_at
FROM queued

-- name: enqueue_automatic
-- As `enqueue`, of what nobody holds.
WITH way AS (
    SELECT u.*, CASE c.kind WHEN 1 THEN e.smtp_host IS NOT NULL ELSE c.outbound_url IS NOT NULL END AS is_pushed,
           clock_timestamp() AS now
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[])
         AS u (account_id, id, channel_id, conversation_id, message_id, body)
    JOIN channel c ON c.account_id = u.account_id AND c.id = u.channel_id
    LEFT JOIN email_channel e ON e.account_id = c.account_id AND e.channel_id = c.id
), queued AS (
    INSERT INTO delivery (account_id, id, channel_id, conversation_id, message_id, body, due_at, created_at)
    SELECT account_id, id, channel_id, conversation_id, message_id, body, CASE WHEN is_pushed THEN now END, now
    FROM way
)
INSERT INTO timer (account_id, kind, subject_id, due_at)
SELECT account_id, 1, id, now + $7::bigint * interval '1 second'
FROM way
WHERE is_pushed

-- name: lock_due
-- Any instance. Expired leases are due too: while sending, due_at is the end of the lease. The fence keeps the planner
-- from claiming more than it locks; the columns come from the locked rows themselves, never from an older snapshot.
-- $1 rows looked at, $2 channels that are full, $3 and $4 channels under way and their numbers, $5 limit of a channel.
WITH due AS MATERIALIZED (
    SELECT account_id, id, channel_id, conversation_id, message_id, author_id, state, attempt, due_at, leased_until, body,
           error, external_id, created_at, sent_at
    FROM delivery
    WHERE due_at <= (SELECT clock_timestamp()) AND channel_id <> ALL ($2::uuid[])
    ORDER BY due_at
    LIMIT $1
    FOR NO KEY UPDATE SKIP LOCKED
), placed AS (
    SELECT due.*, row_number() OVER (PARTITION BY channel_id ORDER BY due_at, id) AS place, count(*) OVER () AS seen
    FROM due
)
SELECT p.account_id, p.id, p.channel_id, p.conversation_id, p.message_id, p.author_id, p.state, p.attempt, p.due_at,
       p.leased_until, p.body, p.error, p.external_id, p.created_at, p.sent_at, p.seen
FROM placed p
LEFT JOIN unnest($3::uuid[], $4::int[]) AS f (channel_id, under_way) ON f.channel_id = p.channel_id
WHERE p.place <= $5::int - coalesce(f.under_way, 0)
ORDER BY p.account_id, p.conversation_id, p.id

-- name: load_ways
-- How each channel is reached right now.
SELECT c.account_id, c.id, c.kind, c.outbound_url, c.outbound_secret, c.disabled_at IS NOT NULL,
       e.smtp_host, e.smtp_port, e.smtp_security, e.smtp_user, e.smtp_password,
       e.oauth_token_url, e.oauth_client_id, e.oauth_client_secret, e.oauth_refresh_token
FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::uuid[]) AS u (account_id, id)) w
JOIN channel c ON c.account_id = w.account_id AND c.id = w.id
LEFT JOIN email_channel e ON e.account_id = c.account_id AND e.channel_id = c.id

-- name: load_files
-- Of mails that are about to be written. What has no bytes here (a link that was not fetched) stays out.
SELECT a.account_id, a.message_id, a.name, a.content_type, a.sha256, a.content_id
FROM unnest($1::uuid[], $2::uuid[]) AS u (account_id, message_id)
JOIN attachment a ON a.account_id = u.account_id AND a.message_id = u.message_id AND a.sha256 <> ''
ORDER BY a.account_id, a.message_id, a.position

-- name: count_automatic
-- What machines have written before each of these mails: in its conversation ever, and to its contact within a day, no
-- further than to $3 and $4. What failed or was undone reached nobody.
SELECT d.account_id, d.id,
       (SELECT count(*)
        FROM (SELECT FROM message m
              WHERE m.account_id = d.account_id AND m.conversation_id = d.conversation_id AND m.id <> d.message_id
                AND m.direction = 1 AND m.kind = 2 AND m.delivery_state NOT IN (0, 5, 7)
              LIMIT $3) said)::int,
       (SELECT count(*)
        FROM (SELECT
              FROM conversation o
              JOIN channel h ON h.account_id = o.account_id AND h.id = o.channel_id AND h.kind = 1
              JOIN message m ON m.account_id = o.account_id AND m.conversation_id = o.id
              WHERE o.account_id = d.account_id AND o.contact_id = c.contact_id AND m.id <> d.message_id
                AND m.direction = 1 AND m.kind = 2 AND m.delivery_state NOT IN (0, 5, 7)
                AND m.ordered_at > clock_timestamp() - interval '1 day'
              LIMIT $4) today)::int
FROM unnest($1::uuid[], $2::uuid[]) AS u (account_id, id)
JOIN delivery d ON d.account_id = u.account_id AND d.id = u.id
JOIN conversation c ON c.account_id = d.account_id AND c.id = d.conversation_id

-- name: begin_attempts
-- The caller holds the rows. Committed before the first byte: number, lease and the attempt's own row. Messages are
-- joined by their conversation as well, so that no generic plan made on an empty table walks an account's messages.
WITH begun AS (
    UPDATE delivery d
    SET state = 1, attempt = d.attempt + 1, leased_until = t.now + $3::bigint * interval '1 millisecond',
        due_at = t.now + $3::bigint * interval '1 millisecond'
    FROM unnest($1::uuid[], $2::uuid[]) AS u (account_id, id), (SELECT clock_timestamp() AS now) t
    WHERE d.account_id = u.account_id AND d.id = u.id
    RETURNING d.account_id, d.id, d.conversation_id, d.message_id, d.attempt, d.leased_until, t.now
), lost AS (
    UPDATE delivery_attempt a
    SET ended_at = b.now, error = 'The courier ended before it could record a result.'
    FROM begun b
    WHERE a.account_id = b.account_id AND a.delivery_id = b.id AND a.attempt = b.attempt - 1 AND a.ended_at IS NULL
), logged AS (
    INSERT INTO delivery_attempt (account_id, delivery_id, attempt, started_at)
    SELECT account_id, id, attempt, now
    FROM begun
), said AS (
    UPDATE message m
    SET delivery_state = 1, sends_at = NULL
    FROM begun b
    WHERE m.account_id = b.account_id AND m.conversation_id = b.conversation_id AND m.id = b.message_id
)
SELECT account_id, id, attempt, leased_until, now
FROM begun

-- name: conclude
-- Only while $3 is the newest attempt and under way; an older attempt's result changes nothing but its own row. Nobody
-- holds the row: where a merge does, this snapshot has the message in its former conversation, and so, as in the others
-- that lock and change at once, the message is found by its id alone.
-- $4 state, $5 pause in ms or NULL, $6 error, $7 external id, $8 HTTP status. Sent needs no watching any more, and a copy
-- where the channel wants one; refused or unknown is told at once.
WITH mine AS (
    UPDATE delivery
    SET state = $4, due_at = clock_timestamp() + $5::bigint * interval '1 millisecond', leased_until = NULL, error = $6,
        external_id = coalesce($7, external_id), sent_at = CASE WHEN $4::smallint = 2 THEN clock_timestamp() END
    WHERE account_id = $1 AND id = $2 AND attempt = $3 AND state = 1
    RETURNING *
), logged AS (
    UPDATE delivery_attempt
    SET ended_at = clock_timestamp(), status = $8, error = $6
    WHERE account_id = $1 AND delivery_id = $2 AND attempt = $3 AND ended_at IS NULL
), said AS (
    UPDATE message m
    SET delivery_state = d.state, external_id = coalesce(d.external_id, m.external_id)
    FROM mine d
    WHERE m.account_id = $1 AND m.id = (SELECT message_id FROM mine)
), ended AS (
    DELETE FROM timer t
    USING mine d
    WHERE d.state = 2 AND t.account_id = d.account_id AND t.kind = 1 AND t.subject_id = d.id
), told AS (
    INSERT INTO timer (account_id, kind, subject_id, due_at)
    SELECT account_id, 1, id, clock_timestamp()
    FROM mine
    WHERE state IN (5, 6)
    ON CONFLICT (account_id, kind, subject_id) DO UPDATE SET due_at = least(timer.due_at, excluded.due_at)
), copied AS (
    INSERT INTO sent_copy (account_id, delivery_id, channel_id)
    SELECT d.account_id, d.id, d.channel_id
    FROM mine d
    JOIN email_channel e ON e.account_id = d.account_id AND e.channel_id = d.channel_id
    WHERE d.state = 2 AND e.imap_host IS NOT NULL AND e.imap_sent_folder IS NOT NULL
    ON CONFLICT DO NOTHING
)
SELECT account_id, id, channel_id, conversation_id, message_id, author_id, state, attempt, due_at, leased_until, body,
       error, external_id, created_at, sent_at
FROM mine

-- name: put_into_outbox
-- The caller holds the row. It waits for the integrator from now on, and nobody watches it.
WITH mine AS (
    UPDATE delivery
    SET state = 0, due_at = NULL, leased_until = NULL
    WHERE account_id = $1 AND id = $2
    RETURNING *
), said AS (
    UPDATE message m
    SET delivery_state = 0, sends_at = NULL
    FROM mine d
    WHERE m.account_id = d.account_id AND m.conversation_id = d.conversation_id AND m.id = d.message_id
), ended AS (
    DELETE FROM timer t
    USING mine d
    WHERE t.account_id = d.account_id AND t.kind = 1 AND t.subject_id = d.id
)
SELECT account_id, id, channel_id, conversation_id, message_id, author_id, state, attempt, due_at, leased_until, body,
       error, external_id, created_at, sent_at
FROM mine

-- name: find_reopened_wait
-- What a refusal of this message made owed again, unless something that the customer said became visible since: that wait
-- is another one. The mail that came back is a machine's.
SELECT p.id
FROM message m
CROSS JOIN LATERAL (
    SELECT o.id, o.reopened_from
    FROM promise o
    WHERE o.account_id = m.account_id AND o.conversation_id = m.conversation_id AND o.settled_at IS NULL AND o.kind < 2
    LIMIT 1
) p
WHERE m.account_id = $1 AND m.id = $2 AND p.reopened_from = m.settled_id
  AND NOT EXISTS (
      SELECT FROM message later
      WHERE later.account_id = m.account_id AND later.conversation_id = m.conversation_id
        AND later.visible_seq > m.visible_seq AND later.direction = 0 AND later.kind = 0 AND later.verdict IS NULL
  )

-- name: note_settled
-- The message settled what its refusal had reopened.
UPDATE message SET settled_id = $3 WHERE account_id = $1 AND id = $2

-- name: until_next_due
-- How long the courier may sleep, in ms; the channels that are full wake it by themselves.
SELECT (extract(epoch FROM min(due_at) - clock_timestamp()) * 1000)::bigint
FROM delivery
WHERE due_at IS NOT NULL AND channel_id <> ALL ($1::uuid[])

-- name: measure_backlog
-- For the gauges; counts no further than $1.
SELECT count(*), coalesce(greatest(extract(epoch FROM clock_timestamp() - min(due_at)), 0), 0)::bigint
FROM (SELECT due_at FROM delivery WHERE due_at IS NOT NULL ORDER BY due_at LIMIT $1) d

-- name: find
-- One delivery as it is, unlocked.
SELECT account_id, id, channel_id, conversation_id, message_id, author_id, state, attempt, due_at, leased_until, body,
       error, external_id, created_at, sent_at
FROM delivery
WHERE account_id = $1 AND id = $2

-- name: attempts_of
-- The newest first.
SELECT attempt, started_at, ended_at, status, error
FROM delivery_attempt
WHERE account_id = $1 AND delivery_id = $2
ORDER BY attempt DESC
LIMIT $3

-- name: list_outbox
-- Oldest first, by the keyset of the index delivery_waiting. $3 and $4: the last one seen, or -infinity.
SELECT account_id, id, channel_id, conversation_id, message_id, author_id, state, attempt, due_at, leased_until, body,
       error, external_id, created_at, sent_at
FROM delivery
WHERE account_id = $1 AND channel_id = $2 AND state = 0 AND due_at IS NULL
  AND (created_at, id) > ($3, $4)
ORDER BY created_at, id
LIMIT $5

-- name: acknowledge
-- Of two acknowledgements the second waits here and then finds nothing to do.
WITH mine AS (
    UPDATE delivery
    SET state = 2, sent_at = clock_timestamp(), error = NULL, external_id = coalesce($4, external_id)
    WHERE account_id = $1 AND channel_id = $2 AND id = $3 AND state = 0 AND due_at IS NULL
    RETURNING *
), said AS (
    UPDATE message m
    SET delivery_state = d.state, external_id = coalesce(d.external_id, m.external_id)
    FROM mine d
    WHERE m.account_id = $1 AND m.id = (SELECT message_id FROM mine)
)
SELECT account_id, id, channel_id, conversation_id, message_id, author_id, state, attempt, due_at, leased_until, body,
       error, external_id, created_at, sent_at
FROM mine

-- name: retry
-- From failed or uncertain alone; the attempts go on counting, and the ten minutes begin anew. Where the channel has no
-- way out any more it waits in the outbox, and nobody watches it.
WITH way AS (
    SELECT CASE c.kind WHEN 1 THEN e.smtp_host IS NOT NULL ELSE c.outbound_url IS NOT NULL END AS is_pushed
    FROM delivery d
    JOIN channel c ON c.account_id = d.account_id AND c.id = d.channel_id
    LEFT JOIN email_channel e ON e.account_id = c.account_id AND e.channel_id = c.id
    WHERE d.account_id = $1 AND d.id = $2
), mine AS (
    UPDATE delivery
    SET state = 0, due_at = CASE WHEN way.is_pushed THEN clock_timestamp() END, leased_until = NULL, closed_at = NULL
    FROM way
    WHERE account_id = $1 AND id = $2 AND state IN (5, 6)
    RETURNING delivery.*
), said AS (
    UPDATE message m
    SET delivery_state = d.state
    FROM mine d
    WHERE m.account_id = $1 AND m.id = (SELECT message_id FROM mine)
), watched AS (
    INSERT INTO timer (account_id, kind, subject_id, due_at)
    SELECT account_id, 1, id, clock_timestamp() + $3::bigint * interval '1 second'
    FROM mine
    WHERE due_at IS NOT NULL
    ON CONFLICT (account_id, kind, subject_id) DO UPDATE SET due_at = excluded.due_at
), ended AS (
    DELETE FROM timer t
    USING mine d
    WHERE d.due_at IS NULL AND t.account_id = d.account_id AND t.kind = 1 AND t.subject_id = d.id
)
SELECT account_id, id, channel_id, conversation_id, message_id, author_id, state, attempt, due_at, leased_until, body,
       error, external_id, created_at, sent_at
FROM mine

-- name: undo
-- A held reply (due later than it was written) whose first attempt has not begun; who begins one holds the row, and this
-- waits and then finds nothing. Its bytes go, and nobody watches it any more.
WITH mine AS (
    UPDATE delivery
    SET state = 7, due_at = NULL, body = ''
    WHERE account_id = $1 AND message_id = $2 AND state = 0 AND attempt = 0 AND due_at > created_at
    RETURNING *
), said AS (
    UPDATE message m
    SET delivery_state = 7, sends_at = NULL
    FROM mine d
    WHERE m.account_id = d.account_id AND m.conversation_id = d.conversation_id AND m.id = d.message_id
), ended AS (
    DELETE FROM timer t
    USING mine d
    WHERE t.account_id = d.account_id AND t.kind = 1 AND t.subject_id = d.id
)
SELECT account_id, id, channel_id, conversation_id, message_id, author_id, state, attempt, due_at, leased_until, body,
       error, external_id, created_at, sent_at
FROM mine

-- name: find_by_message
-- Unlocked.
SELECT account_id, id, channel_id, conversation_id, message_id, author_id, state, attempt, due_at, leased_until, body,
       error, external_id, created_at, sent_at
FROM delivery
WHERE account_id = $1 AND message_id = $2

-- name: lock_by_external_id
-- The newest reply that the receiver knows under this id.
SELECT account_id, id, channel_id, conversation_id, message_id, author_id, state, attempt, due_at, leased_until, body,
       error, external_id, created_at, sent_at
FROM delivery
WHERE account_id = $1 AND channel_id = $2 AND external_id = $3
ORDER BY created_at DESC
LIMIT 1
FOR NO KEY UPDATE

-- name: lock_by_message
-- The reply under the desk's own id.
SELECT account_id, id, channel_id, conversation_id, message_id, author_id, state, attempt, due_at, leased_until, body,
       error, external_id, created_at, sent_at
FROM delivery
WHERE account_id = $1 AND channel_id = $2 AND message_id = $3
LIMIT 1
FOR NO KEY UPDATE

-- name: advance
-- The caller holds the row. A receipt ends attempts as an answer does; refused is told at once, else nobody watches any
-- more.
WITH mine AS (
    UPDATE delivery
    SET state = $3, due_at = NULL, leased_until = NULL, error = $4,
        sent_at = CASE WHEN $3::smallint = 5 THEN sent_at ELSE coalesce(sent_at, clock_timestamp()) END
    WHERE account_id = $1 AND id = $2
    RETURNING *
), said AS (
    UPDATE message m
    SET delivery_state = d.state
    FROM mine d
    WHERE m.account_id = d.account_id AND m.conversation_id = d.conversation_id AND m.id = d.message_id
), ended AS (
    DELETE FROM timer t
    USING mine d
    WHERE d.state <> 5 AND t.account_id = d.account_id AND t.kind = 1 AND t.subject_id = d.id
), told AS (
    INSERT INTO timer (account_id, kind, subject_id, due_at)
    SELECT account_id, 1, id, clock_timestamp()
    FROM mine
    WHERE state = 5
    ON CONFLICT (account_id, kind, subject_id) DO UPDATE SET due_at = least(timer.due_at, excluded.due_at)
)
SELECT account_id, id, channel_id, conversation_id, message_id, author_id, state, attempt, due_at, leased_until, body,
       error, external_id, created_at, sent_at
FROM mine

-- name: claim_copies
-- Any instance, across accounts: of each channel the copy that has been due the longest, but of those in $2. Expired leases
-- are due too: due_at is the end of the lease. $1 rows looked at, $3 lease in ms.
WITH due AS MATERIALIZED (
    SELECT account_id, delivery_id, channel_id, due_at
    FROM sent_copy
    WHERE due_at <= (SELECT clock_timestamp()) AND channel_id <> ALL ($2::uuid[])
    ORDER BY due_at
    LIMIT $1
    FOR NO KEY UPDATE SKIP LOCKED
), chosen AS (
    SELECT DISTINCT ON (channel_id) account_id, delivery_id
    FROM due
    ORDER BY channel_id, due_at, delivery_id
)
UPDATE sent_copy s
SET attempt = s.attempt + 1, due_at = clock_timestamp() + $3::bigint * interval '1 millisecond'
FROM chosen c
WHERE s.account_id = c.account_id AND s.delivery_id = c.delivery_id
RETURNING s.account_id, s.delivery_id, s.attempt

-- name: load_copies
-- What was sent, and where the channel wants it now.
SELECT d.account_id, d.id, d.channel_id, d.conversation_id, d.message_id, d.author_id, d.state, d.attempt, d.due_at,
       d.leased_until, d.body, d.error, d.external_id, d.created_at, d.sent_at,
       e.imap_host, e.imap_port, e.imap_security, e.imap_user, e.imap_password, e.imap_sent_folder,
       e.oauth_token_url, e.oauth_client_id, e.oauth_client_secret, e.oauth_refresh_token
FROM unnest($1::uuid[], $2::uuid[]) AS u (account_id, id)
JOIN delivery d ON d.account_id = u.account_id AND d.id = u.id
JOIN email_channel e ON e.account_id = d.account_id AND e.channel_id = d.channel_id
WHERE e.imap_host IS NOT NULL AND e.imap_sent_folder IS NOT NULL

-- name: drop_unwanted_copies
-- Of these, those whose channel wants none any more.
DELETE FROM sent_copy s
USING unnest($1::uuid[], $2::uuid[]) AS u (account_id, id)
WHERE s.account_id = u.account_id AND s.delivery_id = u.id
  AND NOT EXISTS (SELECT FROM email_channel e
                  WHERE e.account_id = s.account_id AND e.channel_id = s.channel_id AND e.imap_host IS NOT NULL
                    AND e.imap_sent_folder IS NOT NULL)

-- name: finish_copy
-- Only while $3 is the newest attempt.
DELETE FROM sent_copy WHERE account_id = $1 AND delivery_id = $2 AND attempt = $3

-- name: postpone_copy
-- Only while $3 is the newest attempt. $4 pause in ms; NULL: given up.
UPDATE sent_copy
SET due_at = clock_timestamp() + $4::bigint * interval '1 millisecond', error = $5
WHERE account_id = $1 AND delivery_id = $2 AND attempt = $3

-- name: find_copy_error
-- Unlocked.
SELECT error FROM sent_copy WHERE account_id = $1 AND delivery_id = $2
