-- name: find
-- One conversation as it is, unlocked.
SELECT * FROM conversation_row WHERE account_id = $1 AND id = $2

-- name: lock_one
-- Before the read that relies on it. NO KEY: readers of foreign keys are not held up.
SELECT id FROM conversation WHERE account_id = $1 AND id = $2 FOR NO KEY UPDATE

-- name: lock_many
-- In id order; waits for those that somebody holds. One index probe a row.
SELECT l.account_id, l.id
FROM (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, id) ORDER BY account_id, id) w
CROSS JOIN LATERAL (
    SELECT c.account_id, c.id
    FROM conversation c
    WHERE c.account_id = w.account_id AND c.id = w.id
    LIMIT 1
    FOR NO KEY UPDATE
) l

-- name: lock_free
-- In id order; what somebody holds is skipped and comes back with the next batch. One index probe a row.
SELECT l.account_id, l.id
FROM (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, id) ORDER BY account_id, id) w
CROSS JOIN LATERAL (
    SELECT c.account_id, c.id
    FROM conversation c
    WHERE c.account_id = w.account_id AND c.id = w.id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
) l

-- name: read_many
-- After the lock.
SELECT r.*
FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, id)
CROSS JOIN LATERAL (
    SELECT * FROM conversation_row r WHERE r.account_id = w.account_id AND r.id = w.id LIMIT 1
) r

-- name: insert_conversations
-- New rows, set-based.
INSERT INTO conversation (account_id, id, number, contact_id, channel_id, thread_id, visibility, subject, state, priority,
                          team_id, assignee_id, previous_agent_id, previous_id, weight, waiting_since, owed_id, owed_kind,
                          owed_opened_at, due_at, rank_at, resolved_at, last_message_at, version, created_at,
                          bot_token_id, bot_asked_at, external_ref, spam)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::text[], $7::smallint[], $8::text[],
                     $9::smallint[], $10::smallint[], $11::uuid[], $12::uuid[], $13::uuid[], $14::uuid[], $15::int[],
                     $16::timestamptz[], $17::uuid[], $18::smallint[], $19::timestamptz[], $20::timestamptz[],
                     $21::timestamptz[], $22::timestamptz[], $23::timestamptz[], $24::int[], $25::timestamptz[],
                     $26::uuid[], $27::timestamptz[], $28::text[], $29::boolean[])

-- name: update_conversations
-- The caller holds the rows, so that their places cannot change. Tags travel as one array literal each.
UPDATE conversation c
SET state = u.state, priority = u.priority, subject = u.subject, team_id = u.team_id, assignee_id = u.assignee_id,
    previous_agent_id = u.previous_agent_id, tags = u.tags::text[], waiting_since = u.waiting_since, owed_id = u.owed_id,
    owed_kind = u.owed_kind, owed_opened_at = u.owed_opened_at, due_at = u.due_at, rank_at = u.rank_at, begun = u.begun,
    snoozed_until = u.snoozed_until, resolved_at = u.resolved_at, last_message_at = u.last_message_at, version = u.version,
    passed_on = u.passed_on, bot_token_id = u.bot_token_id, bot_asked_at = u.bot_asked_at, external_ref = u.external_ref,
    spam = u.spam
FROM (
    SELECT u.*, found.place
    FROM unnest($1::uuid[], $2::uuid[], $3::smallint[], $4::smallint[], $5::text[], $6::uuid[], $7::uuid[], $8::uuid[],
                $9::text[], $10::timestamptz[], $11::uuid[], $12::smallint[], $13::timestamptz[], $14::timestamptz[],
                $15::timestamptz[], $16::boolean[], $17::timestamptz[], $18::timestamptz[], $19::timestamptz[], $20::int[],
                $21::boolean[], $22::uuid[], $23::timestamptz[], $24::text[], $25::boolean[])
         AS u (account_id, id, state, priority, subject, team_id, assignee_id, previous_agent_id, tags, waiting_since, owed_id,
               owed_kind, owed_opened_at, due_at, rank_at, begun, snoozed_until, resolved_at, last_message_at, version,
               passed_on, bot_token_id, bot_asked_at, external_ref, spam)
    CROSS JOIN LATERAL (
        SELECT x.ctid AS place FROM conversation x WHERE x.account_id = u.account_id AND x.id = u.id LIMIT 1
    ) found
) u
WHERE c.ctid = u.place

-- name: note_begun
-- Somebody drafts in the present wait. Nobody is shown it, and so the version stays. The caller holds the row.
UPDATE conversation SET begun = true WHERE account_id = $1 AND id = $2 AND waiting_since IS NOT NULL AND NOT begun

-- name: set_attributes
-- All of them, by slot. The caller holds the row.
UPDATE conversation SET attributes = $3::jsonb WHERE account_id = $1 AND id = $2

-- name: newest_of_contacts
-- The newest that is not resolved or was after a time, else the newest of all. The number orders. What was merged away is
-- as open as what it was merged into, and stands for it.
SELECT w.place, n.id
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[]) WITH ORDINALITY
     AS w (account_id, channel_id, contact_id, resolved_since, place)
CROSS JOIN LATERAL (
    SELECT coalesce(c.merged_into, c.id) AS id
    FROM conversation c
    LEFT JOIN LATERAL (
        SELECT m.state, m.resolved_at FROM conversation m WHERE m.account_id = c.account_id AND m.id = c.merged_into LIMIT 1
    ) m ON c.merged_into IS NOT NULL
    WHERE c.account_id = w.account_id AND c.contact_id = w.contact_id AND c.channel_id = w.channel_id
    ORDER BY (coalesce(m.state, c.state) < 3
              OR coalesce(CASE WHEN m.state IS NULL THEN c.resolved_at ELSE m.resolved_at END >= w.resolved_since, true)) DESC,
             c.number DESC
    LIMIT 1
) n

-- name: by_thread
-- The channel's own thread id decides alone; it leads on to where its conversation was merged into.
SELECT w.place, n.id
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY AS w (account_id, channel_id, thread_id, place)
CROSS JOIN LATERAL (
    SELECT coalesce(c.merged_into, c.id) AS id
    FROM conversation c
    WHERE c.account_id = w.account_id AND c.channel_id = w.channel_id AND c.thread_id = w.thread_id
    LIMIT 1
) n

-- name: find_by_external_ref
-- At most one an account.
SELECT * FROM conversation_row WHERE account_id = $1 AND external_ref = $2

-- name: set_external_ref
-- The conversation is locked; the unique index decides between two of them.
UPDATE conversation SET external_ref = $3 WHERE account_id = $1 AND id = $2

-- name: holders_of_external_refs
-- Those of the references that a conversation has. No lock: the unique index decides.
SELECT h.account_id, h.external_ref, h.id
FROM unnest($1::uuid[], $2::text[]) AS w (account_id, external_ref)
CROSS JOIN LATERAL (
    SELECT c.account_id, c.external_ref, c.id
    FROM conversation c
    WHERE c.account_id = w.account_id AND c.external_ref = w.external_ref
    LIMIT 1
) h

-- name: lock_numbers
-- In account order, before the update: several accounts in one transaction must not meet crosswise. The newest version
-- of a counter comes first, however many a held snapshot keeps: see desk/capacity/queries.sql. Here it is a list of one:
-- where a range is all that is asked, the planner expects many rows and sorts them.
SELECT l.account_id
FROM (SELECT DISTINCT account_id FROM unnest($1::uuid[]) AS w (account_id) ORDER BY account_id) w
CROSS JOIN LATERAL (
    SELECT n.account_id
    FROM account_number n
    WHERE n.account_id = ANY (ARRAY[w.account_id])
    ORDER BY n.account_id DESC
    LIMIT 1
    FOR NO KEY UPDATE
) l

-- name: take_numbers
-- The first number of each range. The counters are locked: else the place of a row might be an old one.
UPDATE account_number n
SET number = n.number + u.count
FROM unnest($1::uuid[], $2::bigint[]) AS u (account_id, count)
CROSS JOIN LATERAL (
    SELECT m.ctid AS place
    FROM account_number m
    WHERE m.account_id = ANY (ARRAY[u.account_id])
    ORDER BY m.account_id DESC
    LIMIT 1
) m
WHERE n.ctid = m.place
RETURNING n.account_id, n.number - u.count + 1

-- name: list_mine_newest
-- In the order of the index conversation_mine. Lists: $2 and $3 the place, $4 limit; then, as far as they have them, team,
-- state and agent.
SELECT *
FROM conversation_row
WHERE account_id = $1 AND assignee_id = $7 AND state < 3 AND (last_message_at, id) < ($2, $3)
  AND ($5::uuid IS NULL OR team_id = $5) AND ($6::smallint IS NULL OR state = $6)
ORDER BY last_message_at DESC, id DESC
LIMIT $4

-- name: list_mine_due
-- An agent has few: all of them are read from conversation_mine and sorted.
WITH page AS (
    SELECT id, rank_at
    FROM conversation
    WHERE account_id = $1 AND assignee_id = $7 AND state < 3 AND rank_at IS NOT NULL AND (rank_at, id) > ($2, $3)
      AND ($5::uuid IS NULL OR team_id = $5) AND ($6::smallint IS NULL OR state = $6)
    ORDER BY rank_at, id
    LIMIT $4
)
SELECT r.*
FROM page p
CROSS JOIN LATERAL (SELECT * FROM conversation_row c WHERE c.account_id = $1 AND c.id = p.id LIMIT 1) r
ORDER BY p.rank_at, p.id

-- name: list_mine_waiting
-- As list_mine_due.
WITH page AS (
    SELECT id, waiting_since
    FROM conversation
    WHERE account_id = $1 AND assignee_id = $7 AND state < 3 AND waiting_since IS NOT NULL AND (waiting_since, id) > ($2, $3)
      AND ($5::uuid IS NULL OR team_id = $5) AND ($6::smallint IS NULL OR state = $6)
    ORDER BY waiting_since, id
    LIMIT $4
)
SELECT r.*
FROM page p
CROSS JOIN LATERAL (SELECT * FROM conversation_row c WHERE c.account_id = $1 AND c.id = p.id LIMIT 1) r
ORDER BY p.waiting_since, p.id

-- name: list_unassigned_due
-- The most urgent of each team and of those without one, each in the order of conversation_unassigned, then merged.
WITH page AS (
    (SELECT n.id, n.rank_at
     FROM (SELECT id FROM team WHERE account_id = $1) t
     CROSS JOIN LATERAL (
         SELECT c.id, c.rank_at
         FROM conversation c
         WHERE c.account_id = $1 AND c.team_id = t.id
           AND c.state = 0 AND c.assignee_id IS NULL AND c.bot_token_id IS NULL
           AND c.rank_at IS NOT NULL AND (c.rank_at, c.id) > ($2, $3)
         ORDER BY c.rank_at, c.id
         LIMIT $4
     ) n)
    UNION ALL
    (SELECT id, rank_at
     FROM conversation
     WHERE account_id = $1 AND team_id IS NULL
       AND state = 0 AND assignee_id IS NULL AND bot_token_id IS NULL AND rank_at IS NOT NULL
       AND (rank_at, id) > ($2, $3)
     ORDER BY rank_at, id
     LIMIT $4)
    ORDER BY rank_at, id
    LIMIT $4
)
SELECT r.*
FROM page p
CROSS JOIN LATERAL (SELECT * FROM conversation_row c WHERE c.account_id = $1 AND c.id = p.id LIMIT 1) r
ORDER BY p.rank_at, p.id

-- name: list_team_unassigned_due
-- One team, in the order of conversation_unassigned.
SELECT *
FROM conversation_row
WHERE account_id = $1 AND team_id = $5
  AND state = 0 AND assignee_id IS NULL AND bot_token_id IS NULL AND rank_at IS NOT NULL AND (rank_at, id) > ($2, $3)
ORDER BY rank_at, id
LIMIT $4

-- name: list_unassigned_waiting
-- In the order of conversation_unassigned_waiting.
SELECT *
FROM conversation_row
WHERE account_id = $1 AND state = 0 AND assignee_id IS NULL AND bot_token_id IS NULL AND waiting_since IS NOT NULL
  AND (waiting_since, id) > ($2, $3)
  AND ($5::uuid IS NULL OR team_id = $5)
ORDER BY waiting_since, id
LIMIT $4

-- name: list_unassigned_newest
-- The open ones in the order of conversation_newest; most that a colleague or a bot has are passed over.
SELECT *
FROM conversation_row
WHERE account_id = $1 AND state = 0 AND assignee_id IS NULL AND bot_token_id IS NULL AND (last_message_at, id) < ($2, $3)
ORDER BY last_message_at DESC, id DESC
LIMIT $4

-- name: list_due
-- In the order of conversation_due.
SELECT *
FROM conversation_row
WHERE account_id = $1 AND rank_at IS NOT NULL AND (rank_at, id) > ($2, $3)
  AND ($5::smallint IS NULL OR state = $5)
ORDER BY rank_at, id
LIMIT $4

-- name: list_unanswered_due
-- As list_due, without those in which only a word is owed, or a bot is to answer; which is spelt so that it does not make
-- conversation_waiting look cheaper.
SELECT *
FROM conversation_row
WHERE account_id = $1 AND rank_at IS NOT NULL AND waiting_since IS NOT NULL AND (bot_token_id IS NULL) IS TRUE
  AND (rank_at, id) > ($2, $3)
  AND ($5::smallint IS NULL OR state = $5)
ORDER BY rank_at, id
LIMIT $4

-- name: list_waiting
-- In the order of conversation_waiting; not those whose customer waits for a bot.
SELECT *
FROM conversation_row
WHERE account_id = $1 AND waiting_since IS NOT NULL AND bot_token_id IS NULL AND (waiting_since, id) > ($2, $3)
  AND ($5::uuid IS NULL OR team_id = $5) AND ($6::smallint IS NULL OR state = $6)
ORDER BY waiting_since, id
LIMIT $4

-- name: list_waiting_newest
-- In the order of conversation_waiting_newest.
SELECT *
FROM conversation_row
WHERE account_id = $1 AND waiting_since IS NOT NULL AND bot_token_id IS NULL AND (last_message_at, id) < ($2, $3)
  AND ($5::uuid IS NULL OR team_id = $5) AND ($6::smallint IS NULL OR state = $6)
ORDER BY last_message_at DESC, id DESC
LIMIT $4

-- name: list_overdue_due
-- In the order of conversation_due up to now: what is due has no later rank. Without a due time nothing is overdue.
SELECT *
FROM conversation_row
WHERE account_id = $1 AND rank_at <= now() AND due_at <= now() AND (rank_at, id) > ($2, $3)
  AND ($5::smallint IS NULL OR state = $5)
ORDER BY rank_at, id
LIMIT $4

-- name: list_overdue_waiting
-- What is overdue, from conversation_due, sorted.
WITH page AS (
    SELECT id, waiting_since
    FROM conversation
    WHERE account_id = $1 AND rank_at <= now() AND due_at <= now() AND (waiting_since, id) > ($2, $3)
      AND ($5::uuid IS NULL OR team_id = $5) AND ($6::smallint IS NULL OR state = $6)
    ORDER BY waiting_since, id
    LIMIT $4
)
SELECT r.*
FROM page p
CROSS JOIN LATERAL (SELECT * FROM conversation_row c WHERE c.account_id = $1 AND c.id = p.id LIMIT 1) r
ORDER BY p.waiting_since, p.id

-- name: list_overdue_newest
-- What is overdue, from conversation_due, sorted.
WITH page AS (
    SELECT id, last_message_at
    FROM conversation
    WHERE account_id = $1 AND rank_at <= now() AND due_at <= now() AND (last_message_at, id) < ($2, $3)
      AND ($5::uuid IS NULL OR team_id = $5) AND ($6::smallint IS NULL OR state = $6)
    ORDER BY last_message_at DESC, id DESC
    LIMIT $4
)
SELECT r.*
FROM page p
CROSS JOIN LATERAL (SELECT * FROM conversation_row c WHERE c.account_id = $1 AND c.id = p.id LIMIT 1) r
ORDER BY p.last_message_at DESC, p.id DESC

-- name: list_state_newest
-- In the order of conversation_newest.
SELECT *
FROM conversation_row
WHERE account_id = $1 AND state = $5 AND (last_message_at, id) < ($2, $3)
ORDER BY last_message_at DESC, id DESC
LIMIT $4

-- name: list_newest
-- Of any state: the newest of each, in the order of conversation_newest, merged.
WITH page AS (
    (SELECT id, last_message_at
     FROM conversation
     WHERE account_id = $1 AND state = 0 AND (last_message_at, id) < ($2, $3)
     ORDER BY last_message_at DESC, id DESC
     LIMIT $4)
    UNION ALL
    (SELECT id, last_message_at
     FROM conversation
     WHERE account_id = $1 AND state = 1 AND (last_message_at, id) < ($2, $3)
     ORDER BY last_message_at DESC, id DESC
     LIMIT $4)
    UNION ALL
    (SELECT id, last_message_at
     FROM conversation
     WHERE account_id = $1 AND state = 2 AND (last_message_at, id) < ($2, $3)
     ORDER BY last_message_at DESC, id DESC
     LIMIT $4)
    UNION ALL
    (SELECT id, last_message_at
     FROM conversation
     WHERE account_id = $1 AND state = 3 AND (last_message_at, id) < ($2, $3)
     ORDER BY last_message_at DESC, id DESC
     LIMIT $4)
    ORDER BY last_message_at DESC, id DESC
    LIMIT $4
)
SELECT r.*
FROM page p
CROSS JOIN LATERAL (SELECT * FROM conversation_row c WHERE c.account_id = $1 AND c.id = p.id LIMIT 1) r
ORDER BY p.last_message_at DESC, p.id DESC

-- name: list_team_unassigned_newest
-- The open ones of a team in the order of conversation_team_newest; those that somebody has are passed over.
SELECT *
FROM conversation_row
WHERE account_id = $1 AND team_id = $5 AND state = 0 AND assignee_id IS NULL AND bot_token_id IS NULL
  AND (last_message_at, id) < ($2, $3)
ORDER BY last_message_at DESC, id DESC
LIMIT $4

-- name: list_team_due
-- In the order of conversation_team_due, as are the next two.
SELECT *
FROM conversation_row
WHERE account_id = $1 AND team_id = $5 AND rank_at IS NOT NULL AND (rank_at, id) > ($2, $3)
  AND ($6::smallint IS NULL OR state = $6)
ORDER BY rank_at, id
LIMIT $4

-- name: list_team_unanswered_due
-- See list_unanswered_due.
SELECT *
FROM conversation_row
WHERE account_id = $1 AND team_id = $5 AND rank_at IS NOT NULL AND (waiting_since IS NOT NULL) IS TRUE
  AND (bot_token_id IS NULL) IS TRUE AND (rank_at, id) > ($2, $3) AND ($6::smallint IS NULL OR state = $6)
ORDER BY rank_at, id
LIMIT $4

-- name: list_team_overdue_due
-- See list_overdue_due.
SELECT *
FROM conversation_row
WHERE account_id = $1 AND team_id = $5 AND rank_at <= now() AND due_at <= now() AND (rank_at, id) > ($2, $3)
  AND ($6::smallint IS NULL OR state = $6)
ORDER BY rank_at, id
LIMIT $4

-- name: list_team_state_newest
-- In the order of conversation_team_newest.
SELECT *
FROM conversation_row
WHERE account_id = $1 AND team_id = $5 AND state = $6 AND (last_message_at, id) < ($2, $3)
ORDER BY last_message_at DESC, id DESC
LIMIT $4

-- name: list_team_newest
-- Of any state: the newest of each, in the order of conversation_team_newest, merged.
WITH page AS (
    (SELECT id, last_message_at
     FROM conversation
     WHERE account_id = $1 AND team_id = $5 AND state = 0 AND (last_message_at, id) < ($2, $3)
     ORDER BY last_message_at DESC, id DESC
     LIMIT $4)
    UNION ALL
    (SELECT id, last_message_at
     FROM conversation
     WHERE account_id = $1 AND team_id = $5 AND state = 1 AND (last_message_at, id) < ($2, $3)
     ORDER BY last_message_at DESC, id DESC
     LIMIT $4)
    UNION ALL
    (SELECT id, last_message_at
     FROM conversation
     WHERE account_id = $1 AND team_id = $5 AND state = 2 AND (last_message_at, id) < ($2, $3)
     ORDER BY last_message_at DESC, id DESC
     LIMIT $4)
    UNION ALL
    (SELECT id, last_message_at
     FROM conversation
     WHERE account_id = $1 AND team_id = $5 AND state = 3 AND (last_message_at, id) < ($2, $3)
     ORDER BY last_message_at DESC, id DESC
     LIMIT $4)
    ORDER BY last_message_at DESC, id DESC
    LIMIT $4
)
SELECT r.*
FROM page p
CROSS JOIN LATERAL (SELECT * FROM conversation_row c WHERE c.account_id = $1 AND c.id = p.id LIMIT 1) r
ORDER BY p.last_message_at DESC, p.id DESC

-- name: list_spam_newest
-- In the order of conversation_spam.
SELECT *
FROM conversation_row
WHERE account_id = $1 AND spam AND (last_message_at, id) < ($2, $3)
  AND ($5::uuid IS NULL OR team_id = $5) AND ($6::smallint IS NULL OR state = $6)
ORDER BY last_message_at DESC, id DESC
LIMIT $4

-- name: count_views
-- As the lists show them in their usual order, each counted along its index and no further than $3. $2 agent.
SELECT (SELECT count(*) FROM (SELECT FROM conversation
                              WHERE account_id = $1 AND assignee_id = $2 AND state < 3 LIMIT $3) mine),
       (SELECT count(*) FROM (SELECT FROM conversation
                              WHERE account_id = $1 AND state = 0 AND assignee_id IS NULL AND bot_token_id IS NULL
                                AND rank_at IS NOT NULL LIMIT $3) unassigned),
       (SELECT count(*) FROM (SELECT FROM conversation
                              WHERE account_id = $1 AND waiting_since > '-infinity' AND bot_token_id IS NULL LIMIT $3) unanswered),
       (SELECT count(*) FROM (SELECT FROM conversation
                              WHERE account_id = $1 AND rank_at <= now() AND due_at <= now() LIMIT $3) overdue),
       (SELECT count(*) FROM (SELECT FROM conversation
                              WHERE account_id = $1 AND state BETWEEN 0 AND 3 LIMIT $3) everything),
       (SELECT count(*) FROM (SELECT FROM conversation
                              WHERE account_id = $1 AND spam AND last_message_at > '-infinity' LIMIT $3) spam)

-- name: count_team_views
-- The same of one team, $3, along the indexes of teams.
SELECT (SELECT count(*) FROM (SELECT FROM conversation
                              WHERE account_id = $1 AND assignee_id = $2 AND state < 3 AND team_id = $3 LIMIT $4) mine),
       (SELECT count(*) FROM (SELECT FROM conversation
                              WHERE account_id = $1 AND state = 0 AND assignee_id IS NULL AND bot_token_id IS NULL
                                AND rank_at IS NOT NULL AND team_id = $3 LIMIT $4) unassigned),
       (SELECT count(*) FROM (SELECT FROM conversation
                              WHERE account_id = $1 AND team_id = $3 AND rank_at > '-infinity' AND bot_token_id IS NULL
                                AND (waiting_since IS NOT NULL) IS TRUE LIMIT $4) unanswered),
       (SELECT count(*) FROM (SELECT FROM conversation
                              WHERE account_id = $1 AND team_id = $3 AND rank_at <= now() AND due_at <= now()
                              LIMIT $4) overdue),
       (SELECT count(*) FROM (SELECT FROM conversation
                              WHERE account_id = $1 AND team_id = $3 AND state BETWEEN 0 AND 3 LIMIT $4) everything),
       (SELECT count(*) FROM (SELECT FROM conversation
                              WHERE account_id = $1 AND spam AND last_message_at > '-infinity' AND team_id = $3
                              LIMIT $4) spam)

-- name: newest_external_id
-- What a reply over the channel $4 answers: backwards from the end, past what the desk itself said.
SELECT external_id
FROM message
WHERE account_id = $1 AND conversation_id = $2 AND visible_seq <= $3 AND direction = 0 AND kind = 0
  AND (channel_id IS NULL OR channel_id = $4)
ORDER BY ordered_at DESC, seq DESC
LIMIT 1
