-- name: load_policies
-- Every service promise of the accounts named by the transaction.
SELECT account_id, id, kind, target_s, warn_lead_s, leads_after_s, account_after_s, channel_id, team_id, priority,
       visibility, version, hours_id
FROM policy
WHERE account_id = ANY ($1::uuid[])
ORDER BY account_id, id

-- name: insert_promises
-- New rows only: nobody can hold them. next_alert_at says when to look, never in the past, where a watcher that scans
-- from a watermark would not look; the times of the levels stay what they are.
INSERT INTO promise (account_id, id, conversation_id, kind, source, policy_id, channel_id, team_id, waiting_since,
                     opened_at, due_at, warn_at, leads_at, account_at, next_alert_at, reopened_from, hours_id)
SELECT u.account_id, u.id, u.conversation_id, u.kind, u.source, u.policy_id, u.channel_id, u.team_id, u.waiting_since,
       u.opened_at, u.due_at, u.warn_at, u.leads_at, u.account_at,
       CASE WHEN u.next_alert_at < clock_timestamp() THEN clock_timestamp() ELSE u.next_alert_at END, u.reopened_from,
       u.hours_id
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::smallint[], $5::smallint[], $6::uuid[], $7::uuid[], $8::uuid[],
            $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[],
            $14::timestamptz[], $15::timestamptz[], $16::uuid[], $17::uuid[])
     AS u (account_id, id, conversation_id, kind, source, policy_id, channel_id, team_id, waiting_since, opened_at, due_at,
           warn_at, leads_at, account_at, next_alert_at, reopened_from, hours_id)

-- name: lock_open_promises
-- In the order of their ids. The locking read itself answers: what it saw before the lock may be out of date.
SELECT l.*
FROM (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, id) ORDER BY account_id, id) w
CROSS JOIN LATERAL (
    SELECT p.account_id, p.id, p.conversation_id, p.kind, p.source, p.policy_id, p.channel_id, p.team_id, p.waiting_since,
           p.opened_at, p.due_at, p.warn_at, p.leads_at, p.account_at, p.next_alert_at, p.level, p.held_until,
           p.settled_at, p.outcome, p.hours_id, p.elapsed_ms, p.business_ms
    FROM promise p
    WHERE p.account_id = w.account_id AND p.id = w.id AND p.settled_at IS NULL
    LIMIT 1
    FOR NO KEY UPDATE
) l

-- name: move_promises
-- The caller holds the rows. As in insert_promises, next_alert_at is never in the past.
UPDATE promise p
SET waiting_since = u.waiting_since, opened_at = u.opened_at, due_at = u.due_at, warn_at = u.warn_at, leads_at = u.leads_at,
    account_at = u.account_at,
    next_alert_at = CASE WHEN u.next_alert_at < clock_timestamp() THEN clock_timestamp() ELSE u.next_alert_at END
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
            $7::timestamptz[], $8::timestamptz[], $9::timestamptz[])
     AS u (account_id, id, waiting_since, opened_at, due_at, warn_at, leads_at, account_at, next_alert_at)
WHERE p.account_id = u.account_id AND p.id = u.id

-- name: lock_open_reply
-- A statement of its own: the clock that decides is read after this lock is held.
SELECT id
FROM promise
WHERE account_id = $1 AND conversation_id = $2 AND settled_at IS NULL AND kind < 2
FOR NO KEY UPDATE

-- name: settle_reply
-- $3 ending: 0 replied, 1 answered elsewhere, 2 waived, 3 withdrawn. The clock is read once, so that time and outcome
-- cannot contradict each other. business_ms of a promise that counts by hours follows: what is open when is no matter
-- for SQL.
WITH clock AS MATERIALIZED (
    SELECT clock_timestamp() AS at
)
UPDATE promise
SET settled_at = clock.at,
    outcome = CASE WHEN $3::smallint = 2 THEN 4
                   WHEN $3::smallint = 3 THEN 5
                   WHEN due_at IS NULL OR clock.at <= due_at THEN 0
                   ELSE 1 END,
    elapsed_ms = (extract(epoch FROM clock.at - opened_at) * 1000)::bigint,
    business_ms = (extract(epoch FROM clock.at - opened_at) * 1000)::bigint,
    next_alert_at = NULL,
    settled_agent_id = $4,
    settled_team_id = $5,
    settled_message_id = $6
FROM clock
WHERE account_id = $1 AND id = $2
RETURNING account_id, id, conversation_id, kind, source, policy_id, channel_id, team_id, waiting_since, opened_at, due_at,
          warn_at, leads_at, account_at, next_alert_at, level, held_until, settled_at, outcome, hours_id, elapsed_ms,
          business_ms

-- name: note_business
-- In the transaction that settled it.
UPDATE promise SET business_ms = $3 WHERE account_id = $1 AND id = $2

-- name: resolve_alerts
-- After the promise, never before it: what fires or was taken ends with the wait.
UPDATE alert
SET state = 3, ended_at = clock_timestamp(), version = version + 1
WHERE account_id = $1 AND conversation_id = $2 AND promise_id = $3 AND state < 2
RETURNING account_id, id, kind, subject_id, level, state, conversation_id, promise_id, recipient_type, recipient_id,
          raised_at, noticed_at, acknowledged_at, acknowledged_by, ended_at, version

-- name: lock_conversation_of_message
-- Conversation before promise, as everywhere.
SELECT c.id
FROM conversation c
JOIN message m ON m.account_id = c.account_id AND m.conversation_id = c.id
WHERE m.account_id = $1 AND m.id = $2
FOR NO KEY UPDATE OF c

-- name: withdraw_figure
-- The figure of a reply that never arrived does not count.
UPDATE promise
SET withdrawn_at = clock_timestamp()
WHERE account_id = $1 AND settled_message_id = $2 AND withdrawn_at IS NULL AND outcome IN (0, 1)
  AND id = (SELECT settled_id FROM message WHERE account_id = $1 AND id = $2)
RETURNING account_id, id, conversation_id, kind, source, policy_id, channel_id, team_id, waiting_since, opened_at, due_at,
          warn_at, leads_at, account_at, coalesce(warn_at, due_at, leads_at) AS next_alert_at, (-1)::smallint AS level,
          NULL::timestamptz AS held_until, NULL::timestamptz AS settled_at, NULL::smallint AS outcome, hours_id,
          NULL::bigint AS elapsed_ms, NULL::bigint AS business_ms

-- name: widen_open_reply
-- The customer wrote again meanwhile: the wait that is open now began with the older one.
UPDATE promise
SET waiting_since = least(waiting_since, $3), opened_at = least(opened_at, $4), due_at = least(due_at, $5),
    warn_at = least(warn_at, $6), leads_at = least(leads_at, $7), account_at = least(account_at, $8),
    next_alert_at = greatest(least(next_alert_at, $9), clock_timestamp()), reopened_from = $10
WHERE account_id = $1 AND conversation_id = $2 AND settled_at IS NULL AND kind < 2
RETURNING account_id, id, conversation_id, kind, source, policy_id, channel_id, team_id, waiting_since, opened_at, due_at,
          warn_at, leads_at, account_at, next_alert_at, level, held_until, settled_at, outcome, hours_id, elapsed_ms,
          business_ms

-- name: owe_again
-- The conversation shows the reopened promise; a snooze ends with it.
UPDATE conversation
SET waiting_since = $3, owed_id = $4, owed_kind = $5, owed_opened_at = $6, due_at = $7,
    rank_at = coalesce($7, $3::timestamptz + interval '24 hours'), begun = true,
    snoozed_until = least(snoozed_until, CASE WHEN state = 2 THEN clock_timestamp() END), version = version + 1
WHERE account_id = $1 AND id = $2

-- name: note_delivered
-- Reports give reply times twice: replied (committed) and delivered.
UPDATE promise
SET delivered_at = clock_timestamp()
WHERE account_id = $1 AND delivered_at IS NULL
  AND id = (SELECT settled_id FROM message WHERE account_id = $1 AND id = $2)

-- name: claim_due
-- Any instance; the fence keeps the planner from claiming more than it locks. `from` skips the dead entries of a burst.
-- The locking read itself answers: what it saw before the lock may be out of date.
WITH due AS MATERIALIZED (
    SELECT account_id, id, conversation_id, kind, source, policy_id, channel_id, team_id, waiting_since, opened_at, due_at,
           warn_at, leads_at, account_at, next_alert_at, level, held_until, settled_at, outcome, hours_id, elapsed_ms,
          business_ms
    FROM promise
    WHERE next_alert_at IS NOT NULL AND next_alert_at >= $1 AND next_alert_at <= (SELECT clock_timestamp())
    ORDER BY next_alert_at
    LIMIT $2
    FOR NO KEY UPDATE SKIP LOCKED
)
SELECT * FROM due ORDER BY account_id, id

-- name: next_due
-- How long the watcher may sleep.
SELECT min(next_alert_at) FROM promise WHERE next_alert_at IS NOT NULL AND next_alert_at >= $1

-- name: advance_promises
-- In the transaction that writes the alerts: exactly once a level. $5 is the time of this look; answers which promises
-- it is the first to find overdue.
UPDATE promise p
SET level = u.level, next_alert_at = u.next_alert_at,
    overdue_noticed_at = coalesce(p.overdue_noticed_at, CASE WHEN p.due_at <= $5 THEN $5::timestamptz END)
FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::timestamptz[]) AS u (account_id, id, level, next_alert_at)
WHERE p.account_id = u.account_id AND p.id = u.id
RETURNING p.id, coalesce(p.overdue_noticed_at = $5, false)

-- name: lock_open_promise
-- For acknowledging: the promise is locked before its alert.
SELECT account_id, id, conversation_id, kind, source, policy_id, channel_id, team_id, waiting_since, opened_at, due_at,
       warn_at, leads_at, account_at, next_alert_at, level, held_until, settled_at, outcome, hours_id, elapsed_ms,
       business_ms
FROM promise
WHERE account_id = $1 AND id = $2 AND settled_at IS NULL
FOR NO KEY UPDATE

-- name: hold_promise
-- The ladder goes on when the hold ends, or at its next level, whichever is later. A due time in between is told.
UPDATE promise
SET held_until = clock_timestamp() + $3::bigint * interval '1 microsecond',
    next_alert_at = CASE WHEN next_alert_at IS NULL THEN NULL
                         ELSE least(greatest(next_alert_at, clock_timestamp() + $3::bigint * interval '1 microsecond'),
                                    CASE WHEN due_at > clock_timestamp() THEN due_at END) END
WHERE account_id = $1 AND id = $2
