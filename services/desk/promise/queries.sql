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
                     opened_at, due_at, warn_at, leads_at, account_at, next_alert_at, reopened_from, hours_id,
                     owing_team_id)
SELECT u.account_id, u.id, u.conversation_id, u.kind, u.source, u.policy_id, u.channel_id, u.team_id, u.waiting_since,
       u.opened_at, u.due_at, u.warn_at, u.leads_at, u.account_at,
       CASE WHEN u.next_alert_at < clock_timestamp() THEN clock_timestamp() ELSE u.next_alert_at END, u.reopened_from,
       u.hours_id, u.team_id
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::smallint[], $5::smallint[], $6::uuid[], $7::uuid[], $8::uuid[],
            $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[],
            $14::timestamptz[], $15::timestamptz[], $16::uuid[], $17::uuid[])
     AS u (account_id, id, conversation_id, kind, source, policy_id, channel_id, team_id, waiting_since, opened_at, due_at,
           warn_at, leads_at, account_at, next_alert_at, reopened_from, hours_id)

-- name: lock_open_replies
-- The wait of each conversation that the caller holds, in the order of their ids. The locking read itself answers: what it
-- saw before the lock may be out of date.
SELECT l.*
FROM (
    SELECT r.account_id, r.id
    FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, conversation_id)
    CROSS JOIN LATERAL (
        SELECT p.account_id, p.id
        FROM promise p
        WHERE p.account_id = w.account_id AND p.conversation_id = w.conversation_id AND p.settled_at IS NULL AND p.kind < 2
        LIMIT 1
    ) r
    ORDER BY r.account_id, r.id
) o
CROSS JOIN LATERAL (
    SELECT p.account_id, p.id, p.conversation_id, p.kind, p.source, p.policy_id, p.channel_id, p.team_id, p.waiting_since,
           p.opened_at, p.due_at, p.warn_at, p.leads_at, p.account_at, p.next_alert_at, p.level, p.held_until,
           p.settled_at, p.outcome, p.hours_id, p.elapsed_ms, p.business_ms, p.contact_id, p.agent_id, p.text
    FROM promise p
    WHERE p.account_id = o.account_id AND p.id = o.id AND p.settled_at IS NULL
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

-- name: settle_replies
-- The caller holds the rows. Ending: 0 replied, 1 answered elsewhere, 2 waived, 3 withdrawn. The clock is read once, so
-- that time and outcome cannot contradict each other. business_ms of a promise that counts by hours follows: what is open
-- when is no matter for SQL. With the word next due in the conversation, which is what it shows from now on.
WITH clock AS MATERIALIZED (
    SELECT clock_timestamp() AS at
)
UPDATE promise p
SET settled_at = clock.at,
    outcome = CASE WHEN u.ending = 2 THEN 4
                   WHEN u.ending = 3 THEN 5
                   WHEN p.due_at IS NULL OR clock.at <= p.due_at THEN 0
                   ELSE 1 END,
    elapsed_ms = (extract(epoch FROM clock.at - p.opened_at) * 1000)::bigint,
    business_ms = (extract(epoch FROM clock.at - p.opened_at) * 1000)::bigint,
    next_alert_at = NULL,
    settled_agent_id = u.agent_id,
    settled_team_id = u.team_id,
    settled_message_id = u.message_id
FROM clock
CROSS JOIN unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::smallint[], $5::uuid[], $6::uuid[], $7::uuid[])
           AS u (account_id, id, conversation_id, ending, agent_id, team_id, message_id)
LEFT JOIN LATERAL (
    SELECT n.id, n.kind, n.opened_at, n.due_at
    FROM promise n
    WHERE n.account_id = u.account_id AND n.conversation_id = u.conversation_id AND n.settled_at IS NULL AND n.kind >= 2
    ORDER BY n.due_at, n.id
    LIMIT 1
) next ON true
WHERE p.account_id = u.account_id AND p.id = u.id
RETURNING p.account_id, p.id, p.conversation_id, p.kind, p.source, p.policy_id, p.channel_id, p.team_id, p.waiting_since,
          p.opened_at, p.due_at, p.warn_at, p.leads_at, p.account_at, p.next_alert_at, p.level, p.held_until, p.settled_at,
          p.outcome, p.hours_id, p.elapsed_ms, p.business_ms, p.contact_id, p.agent_id, p.text,
          next.id, next.kind, next.opened_at, next.due_at

-- name: note_business
-- In the transaction that settled them.
UPDATE promise p
SET business_ms = u.business_ms
FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS u (account_id, id, business_ms)
WHERE p.account_id = u.account_id AND p.id = u.id

-- name: resolve_alerts
-- After the promises, never before them: what fires or was taken ends with them.
UPDATE alert a
SET state = 3, ended_at = clock_timestamp(), version = a.version + 1
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS u (account_id, conversation_id, promise_id)
WHERE a.account_id = u.account_id AND a.conversation_id = u.conversation_id AND a.promise_id = u.promise_id AND a.state < 2
RETURNING a.account_id, a.id, a.kind, a.subject_id, a.level, a.state, a.conversation_id, a.promise_id, a.recipient_type,
          a.recipient_id, a.raised_at, a.noticed_at, a.acknowledged_at, a.acknowledged_by, a.ended_at, a.version

-- name: lock_conversation_of_message
-- Conversation before promise, as everywhere.
SELECT c.id
FROM conversation c
JOIN message m ON m.account_id = c.account_id AND m.conversation_id = c.id
WHERE m.account_id = $1 AND m.id = $2
FOR NO KEY UPDATE OF c

-- name: conversation_of_message
-- Where it is, once what was locked cannot have been merged away any more.
SELECT conversation_id FROM message WHERE account_id = $1 AND id = $2

-- name: withdraw_figure
-- The figure of a reply that never arrived does not count.
UPDATE promise
SET withdrawn_at = clock_timestamp()
WHERE account_id = $1 AND settled_message_id = $2 AND withdrawn_at IS NULL AND outcome IN (0, 1)
  AND id = (SELECT settled_id FROM message WHERE account_id = $1 AND id = $2)
RETURNING account_id, id, conversation_id, kind, source, policy_id, channel_id, team_id, waiting_since, opened_at, due_at,
          warn_at, leads_at, account_at, coalesce(warn_at, due_at, leads_at) AS next_alert_at, (-1)::smallint AS level,
          NULL::timestamptz AS held_until, NULL::timestamptz AS settled_at, NULL::smallint AS outcome, hours_id,
          NULL::bigint AS elapsed_ms, NULL::bigint AS business_ms, contact_id, agent_id, text

-- name: withdraw_waivers
-- Nobody waived those waits: the verdict that did was wrong. Waivers of conversations that the caller holds.
UPDATE promise
SET withdrawn_at = clock_timestamp()
WHERE account_id = $1 AND id = ANY ($2::uuid[]) AND withdrawn_at IS NULL AND outcome = 4
RETURNING account_id, id, conversation_id, kind, source, policy_id, channel_id, team_id, waiting_since, opened_at, due_at,
          warn_at, leads_at, account_at, coalesce(warn_at, due_at, leads_at) AS next_alert_at, (-1)::smallint AS level,
          NULL::timestamptz AS held_until, NULL::timestamptz AS settled_at, NULL::smallint AS outcome, hours_id,
          NULL::bigint AS elapsed_ms, NULL::bigint AS business_ms, contact_id, agent_id, text

-- name: widen_open_reply
-- The customer wrote again meanwhile: the wait that is open now began with the older one.
UPDATE promise
SET waiting_since = least(waiting_since, $3), opened_at = least(opened_at, $4), due_at = least(due_at, $5),
    warn_at = least(warn_at, $6), leads_at = least(leads_at, $7), account_at = least(account_at, $8),
    next_alert_at = greatest(least(next_alert_at, $9), clock_timestamp()), reopened_from = $10
WHERE account_id = $1 AND conversation_id = $2 AND settled_at IS NULL AND kind < 2
RETURNING account_id, id, conversation_id, kind, source, policy_id, channel_id, team_id, waiting_since, opened_at, due_at,
          warn_at, leads_at, account_at, next_alert_at, level, held_until, settled_at, outcome, hours_id, elapsed_ms,
          business_ms, contact_id, agent_id, text

-- name: owe_again
-- The conversation shows the reopened promise, unless a word in it is due before; a snooze ends with it, and a bot has it
-- no longer.
UPDATE conversation c
SET waiting_since = $3,
    owed_id = CASE WHEN w.stays THEN c.owed_id ELSE $4 END,
    owed_kind = CASE WHEN w.stays THEN c.owed_kind ELSE $5 END,
    owed_opened_at = CASE WHEN w.stays THEN c.owed_opened_at ELSE $6 END,
    due_at = CASE WHEN w.stays THEN c.due_at ELSE $7 END,
    rank_at = least(coalesce($7, $3::timestamptz + interval '24 hours'), CASE WHEN c.owed_kind >= 2 THEN c.due_at END),
    begun = true, bot_token_id = NULL, bot_asked_at = NULL,
    snoozed_until = least(c.snoozed_until, CASE WHEN c.state = 2 THEN clock_timestamp() END), version = c.version + 1
FROM (
    SELECT owed_kind >= 2 AND due_at <= coalesce($7::timestamptz, 'infinity') AS stays
    FROM conversation
    WHERE account_id = $1 AND id = $2
) w
WHERE c.account_id = $1 AND c.id = $2

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
          business_ms, contact_id, agent_id, text
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
       business_ms, contact_id, agent_id, text
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

-- name: find_promise
-- One promise, whole.
SELECT p.account_id, p.id, p.conversation_id, p.kind, p.source, p.policy_id, p.channel_id, p.team_id, p.waiting_since,
       p.opened_at, p.due_at, p.warn_at, p.leads_at, p.account_at, p.next_alert_at, p.level, p.held_until, p.settled_at,
       p.outcome, p.hours_id, p.elapsed_ms, p.business_ms, p.contact_id, p.agent_id, p.text, p.message_id, p.first_due_at,
       p.settled_agent_id, p.settled_team_id, p.settled_message_id, p.delivered_at, p.succeeded_by, p.told_before_due,
       p.owing_team_id
FROM promise p
WHERE p.account_id = $1 AND p.id = $2

-- name: insert_word
-- Under the lock of its conversation, which therefore has at most $17 that are open. A new row, which nobody holds.
INSERT INTO promise (account_id, id, conversation_id, kind, source, contact_id, channel_id, team_id, owing_team_id,
                     waiting_since, opened_at, due_at, warn_at, leads_at, account_at, next_alert_at, agent_id, message_id,
                     text, first_due_at)
SELECT $1::uuid, $2::uuid, $3::uuid, 4, 1, $4::uuid, $5::uuid, $6::uuid, $6::uuid, $7::timestamptz, $7::timestamptz,
       $8::timestamptz, $9::timestamptz, $10::timestamptz, $11::timestamptz,
       CASE WHEN $12::timestamptz < clock_timestamp() THEN clock_timestamp() ELSE $12::timestamptz END, $13::uuid, $14::uuid,
       $15::text, $16::timestamptz
WHERE $17 > (SELECT count(*)
             FROM (SELECT FROM promise
                   WHERE account_id = $1 AND conversation_id = $3 AND settled_at IS NULL AND kind >= 2
                   LIMIT $17) open)

-- name: end_word
-- $3: the outcome, where kept becomes late by the clock, which is read once. The caller holds the row.
WITH clock AS MATERIALIZED (
    SELECT clock_timestamp() AS at
)
UPDATE promise
SET settled_at = clock.at,
    outcome = CASE WHEN $3::smallint = 0 AND clock.at > due_at THEN 1 ELSE $3::smallint END,
    elapsed_ms = (extract(epoch FROM clock.at - opened_at) * 1000)::bigint,
    business_ms = (extract(epoch FROM clock.at - opened_at) * 1000)::bigint,
    next_alert_at = NULL,
    delivered_at = CASE WHEN $3::smallint = 0 THEN clock.at END,
    settled_agent_id = $4,
    settled_team_id = $5,
    succeeded_by = $6,
    told_before_due = CASE WHEN $3::smallint = 3 THEN coalesce($7, clock.at) <= due_at END
FROM clock
WHERE account_id = $1 AND id = $2

-- name: open_of_conversation
-- Nothing is locked: whoever changes one of them holds the conversation, as the caller does.
SELECT account_id, id, conversation_id, kind, source, policy_id, channel_id, team_id, waiting_since, opened_at, due_at,
       warn_at, leads_at, account_at, next_alert_at, level, held_until, settled_at, outcome, hours_id, elapsed_ms,
       business_ms, contact_id, agent_id, text
FROM promise
WHERE account_id = $1 AND conversation_id = $2 AND settled_at IS NULL AND kind < 2
UNION ALL
SELECT account_id, id, conversation_id, kind, source, policy_id, channel_id, team_id, waiting_since, opened_at, due_at,
       warn_at, leads_at, account_at, next_alert_at, level, held_until, settled_at, outcome, hours_id, elapsed_ms,
       business_ms, contact_id, agent_id, text
FROM promise
WHERE account_id = $1 AND conversation_id = $2 AND settled_at IS NULL AND kind >= 2

-- name: hand_waits_to_team
-- Under the locks of the conversations. team_id stays: it is the team at opening.
UPDATE promise p
SET owing_team_id = w.team_id
FROM (
    SELECT u.account_id, o.id, u.team_id
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS u (account_id, conversation_id, team_id)
    CROSS JOIN LATERAL (
        SELECT x.id
        FROM promise x
        WHERE x.account_id = u.account_id AND x.conversation_id = u.conversation_id AND x.settled_at IS NULL AND x.kind < 2
        LIMIT 1
    ) o
) w
WHERE p.account_id = w.account_id AND p.id = w.id

-- name: hand_words_to_team
-- The same for the words given in them; $4: as many as one may have.
UPDATE promise p
SET owing_team_id = w.team_id
FROM (
    SELECT u.account_id, o.id, u.team_id
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS u (account_id, conversation_id, team_id)
    CROSS JOIN LATERAL (
        SELECT x.id
        FROM promise x
        WHERE x.account_id = u.account_id AND x.conversation_id = u.conversation_id AND x.settled_at IS NULL AND x.kind >= 2
        LIMIT $4
    ) o
) w
WHERE p.account_id = w.account_id AND p.id = w.id

-- name: owed_by_team
-- In the order of promise_owed. $2 and $3: the place of the last one of the page before, or the beginning.
SELECT id
FROM promise
WHERE account_id = $1 AND owing_team_id = $5 AND settled_at IS NULL AND rank_at IS NOT NULL AND (rank_at, id) > ($2, $3)
ORDER BY rank_at, id
LIMIT $4

-- name: owed_by_account
-- The most urgent of each team and of none, each in the order of promise_owed, then merged.
SELECT id
FROM (
    (SELECT n.id, n.rank_at
     FROM (SELECT id FROM team WHERE account_id = $1) t
     CROSS JOIN LATERAL (
         SELECT p.id, p.rank_at
         FROM promise p
         WHERE p.account_id = $1 AND p.owing_team_id = t.id AND p.settled_at IS NULL AND p.rank_at IS NOT NULL
           AND (p.rank_at, p.id) > ($2, $3)
         ORDER BY p.rank_at, p.id
         LIMIT $4
     ) n)
    UNION ALL
    (SELECT id, rank_at
     FROM promise
     WHERE account_id = $1 AND owing_team_id IS NULL AND settled_at IS NULL AND rank_at IS NOT NULL
       AND (rank_at, id) > ($2, $3)
     ORDER BY rank_at, id
     LIMIT $4)
) page
ORDER BY rank_at, id
LIMIT $4

-- name: owed_by_agent
-- An agent has few conversations: what is owed in those, from their indexes, and the words that the agent gave anywhere.
WITH held AS (
    SELECT id
    FROM conversation
    WHERE account_id = $1 AND assignee_id = $5 AND state < 3 AND rank_at IS NOT NULL
)
SELECT id
FROM (
    SELECT w.id, w.rank_at
    FROM held h
    CROSS JOIN LATERAL (
        SELECT p.id, p.rank_at
        FROM promise p
        WHERE p.account_id = $1 AND p.conversation_id = h.id AND p.settled_at IS NULL AND p.kind < 2
        LIMIT 1
    ) w
    UNION
    SELECT w.id, w.rank_at
    FROM held h
    CROSS JOIN LATERAL (
        SELECT p.id, p.rank_at
        FROM promise p
        WHERE p.account_id = $1 AND p.conversation_id = h.id AND p.settled_at IS NULL AND p.kind >= 2
          AND (p.rank_at, p.id) > ($2, $3)
        ORDER BY p.rank_at, p.id
        LIMIT $4
    ) w
    UNION
    (SELECT id, rank_at
     FROM promise
     WHERE account_id = $1 AND agent_id = $5 AND settled_at IS NULL AND kind >= 2 AND (rank_at, id) > ($2, $3)
     ORDER BY rank_at, id
     LIMIT $4)
) mine
WHERE (rank_at, id) > ($2, $3)
ORDER BY rank_at, id
LIMIT $4

-- name: read_owed
-- A page of promises, whole, in its order.
SELECT p.account_id, p.id, p.conversation_id, p.kind, p.source, p.policy_id, p.channel_id, p.team_id, p.waiting_since,
       p.opened_at, p.due_at, p.warn_at, p.leads_at, p.account_at, p.next_alert_at, p.level, p.held_until, p.settled_at,
       p.outcome, p.hours_id, p.elapsed_ms, p.business_ms, p.contact_id, p.agent_id, p.text, p.message_id, p.first_due_at,
       p.settled_agent_id, p.settled_team_id, p.settled_message_id, p.delivered_at, p.succeeded_by, p.told_before_due,
       p.owing_team_id
FROM unnest($2::uuid[]) WITH ORDINALITY AS w (id, place)
CROSS JOIN LATERAL (
    SELECT * FROM promise p WHERE p.account_id = $1 AND p.id = w.id LIMIT 1
) p
ORDER BY w.place
