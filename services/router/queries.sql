-- name: load_channels
-- All of them: waiting conversations may be of any channel, and its skill decides who can take them. A bot whose token
-- has ended begins nothing.
SELECT c.account_id, c.id, c.team_id, c.skill, c.weight, c.live_since,
       (SELECT t.id
        FROM token t
        WHERE t.account_id = c.account_id AND t.id = c.bot_token_id AND t.revoked_at IS NULL
          AND (t.expires_at IS NULL OR t.expires_at > clock_timestamp())),
       c.reopen_window_s, c.reopen_to
FROM channel c
WHERE c.account_id = ANY ($1::uuid[])

-- name: load_contacts
-- Who is known under which address. One index probe a row, whatever the planner believes of tables that were empty.
SELECT w.channel_id, w.address, k.id, k.name, k.blocked_at IS NOT NULL
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS w (account_id, channel_id, address)
CROSS JOIN LATERAL (
    SELECT a.contact_id
    FROM address a
    WHERE a.account_id = w.account_id AND a.channel_id = w.channel_id AND a.address = w.address
    LIMIT 1
) a
CROSS JOIN LATERAL (
    SELECT k.id, k.name, k.blocked_at FROM contact k WHERE k.account_id = w.account_id AND k.id = a.contact_id LIMIT 1
) k

-- name: load_teams
-- Mode and wrap-up.
SELECT account_id, id, mode, wrap_up_s FROM team WHERE account_id = ANY ($1::uuid[])

-- name: load_agents
-- Whose presence may not be offline; the rules decide. One clock for the whole batch. The newest version of an agent's
-- row comes first: see desk/capacity/queries.sql.
SELECT a.account_id, a.id, p.state, p.until, p.seen_at, p.settled, a.capacity, a.load, a.assigned_at, a.resolved_at,
       a.skills, ARRAY(SELECT m.team_id FROM team_member m WHERE m.account_id = a.account_id AND m.agent_id = a.id), a.role
FROM presence p
CROSS JOIN LATERAL (
    SELECT n.account_id, n.id, n.capacity, n.load, n.assigned_at, n.resolved_at, n.skills, n.role, n.disabled_at
    FROM agent n
    WHERE n.account_id = p.account_id AND n.id BETWEEN p.agent_id AND p.agent_id
    ORDER BY n.id DESC
    LIMIT 1
) a
WHERE p.account_id = ANY ($1::uuid[]) AND p.state <> 3 AND a.disabled_at IS NULL
ORDER BY a.account_id, a.id

-- name: waiting_in_teams
-- The most urgent unassigned conversations of each team that has room, for each skill as many as there is room for:
-- else those that nobody free can take would hide the others. channels: an array literal, NULL where no channel asks
-- for a skill. Which of the groups a row is of comes first.
SELECT w.place, c.account_id, c.id
FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[]) WITH ORDINALITY AS w (account_id, team_id, room, channels, place)
CROSS JOIN LATERAL (
    SELECT account_id, id
    FROM conversation
    WHERE account_id = w.account_id AND team_id = w.team_id
      AND state = 0 AND assignee_id IS NULL AND bot_token_id IS NULL AND rank_at IS NOT NULL
      AND (w.channels IS NULL OR channel_id = ANY (w.channels::uuid[]))
    ORDER BY rank_at, id
    LIMIT w.room
) c

-- name: waiting_without_team
-- The same for conversations that belong to no team.
SELECT w.place, c.account_id, c.id
FROM unnest($1::uuid[], $2::int[], $3::text[]) WITH ORDINALITY AS w (account_id, room, channels, place)
CROSS JOIN LATERAL (
    SELECT account_id, id
    FROM conversation
    WHERE account_id = w.account_id AND team_id IS NULL
      AND state = 0 AND assignee_id IS NULL AND bot_token_id IS NULL AND rank_at IS NOT NULL
      AND (w.channels IS NULL OR channel_id = ANY (w.channels::uuid[]))
    ORDER BY rank_at, id
    LIMIT w.room
) c

-- name: uncovered_in_teams
-- What waits where nobody is able to take it, for each team and skill as many as one look tells; without what is told
-- already. See waiting_in_teams. The alert is one index probe a row, whatever the planner believes.
SELECT w.place, c.account_id, c.id
FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[]) WITH ORDINALITY AS w (account_id, team_id, room, channels, place)
CROSS JOIN LATERAL (
    SELECT q.account_id, q.id
    FROM conversation q
    WHERE q.account_id = w.account_id AND q.team_id = w.team_id
      AND q.state = 0 AND q.assignee_id IS NULL AND q.bot_token_id IS NULL AND q.rank_at IS NOT NULL
      AND (w.channels IS NULL OR q.channel_id = ANY (w.channels::uuid[]))
      AND (SELECT a.id FROM alert a
           WHERE a.account_id = q.account_id AND a.kind = 2 AND a.subject_id = q.owed_id AND a.state < 2 LIMIT 1) IS NULL
    ORDER BY q.rank_at, q.id
    LIMIT w.room
) c

-- name: uncovered_without_team
-- The same for conversations that belong to no team.
SELECT w.place, c.account_id, c.id
FROM unnest($1::uuid[], $2::int[], $3::text[]) WITH ORDINALITY AS w (account_id, room, channels, place)
CROSS JOIN LATERAL (
    SELECT q.account_id, q.id
    FROM conversation q
    WHERE q.account_id = w.account_id AND q.team_id IS NULL
      AND q.state = 0 AND q.assignee_id IS NULL AND q.bot_token_id IS NULL AND q.rank_at IS NOT NULL
      AND (w.channels IS NULL OR q.channel_id = ANY (w.channels::uuid[]))
      AND (SELECT a.id FROM alert a
           WHERE a.account_id = q.account_id AND a.kind = 2 AND a.subject_id = q.owed_id AND a.state < 2 LIMIT 1) IS NULL
    ORDER BY q.rank_at, q.id
    LIMIT w.room
) c

-- name: releasable
-- What agents who went offline had not begun in the present wait.
SELECT c.account_id, c.id, c.assignee_id
FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, agent_id)
CROSS JOIN LATERAL (
    SELECT account_id, id, assignee_id
    FROM conversation
    WHERE account_id = w.account_id AND assignee_id = w.agent_id AND state < 3
      AND state = 0 AND waiting_since IS NOT NULL AND NOT begun
    ORDER BY last_message_at, id
    LIMIT $3
) c

-- name: held_by_bots
-- What bots have whose token has ended.
SELECT c.account_id, c.id, c.bot_token_id
FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, token_id)
CROSS JOIN LATERAL (
    SELECT account_id, id, bot_token_id
    FROM conversation
    WHERE account_id = w.account_id AND bot_token_id = w.token_id
    ORDER BY id
    LIMIT $3
) c

-- name: insert_contacts
-- A lane makes the contacts of its account alone.
INSERT INTO contact (account_id, id, name, email, created_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[])

-- name: insert_addresses
-- Unique: one contact an address.
INSERT INTO address (account_id, channel_id, address, contact_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[])

-- name: insert_timers
-- Nobody can take these now, or a bot was asked; the watcher looks again then. An earlier look stays.
INSERT INTO timer AS t (account_id, kind, subject_id, due_at)
SELECT account_id, kind, subject_id, due_at
FROM unnest($1::uuid[], $2::smallint[], $3::uuid[], $4::timestamptz[]) AS u (account_id, kind, subject_id, due_at)
ON CONFLICT (account_id, kind, subject_id) DO UPDATE SET due_at = excluded.due_at WHERE excluded.due_at < t.due_at

-- name: lock_free_deliveries
-- Before what is told of them is read and written: whoever ends one, or its wait, holds it and then looks for alerts.
SELECT l.account_id, l.id
FROM (SELECT * FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, id) ORDER BY account_id, id) w
CROSS JOIN LATERAL (
    SELECT d.account_id, d.id
    FROM delivery d
    WHERE d.account_id = w.account_id AND d.id = w.id
    LIMIT 1
    FOR NO KEY UPDATE SKIP LOCKED
) l

-- name: delivery_facts
-- What an `undelivered` timer found: still on its way, and to whom it matters.
SELECT d.account_id, d.id, d.state, d.conversation_id, d.author_id, d.due_at IS NULL AND d.state = 0,
       d.closed_at IS NOT NULL
FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, id)
JOIN delivery d ON d.account_id = w.account_id AND d.id = w.id

-- name: next_undelivered_level
-- The ladder of a reply that does not arrive: author, leads, account.
SELECT w.account_id, w.id, coalesce(max(a.level) + 1, 1)
FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, id)
LEFT JOIN alert a ON a.account_id = w.account_id AND a.kind = 3 AND a.subject_id = w.id
GROUP BY w.account_id, w.id

-- name: measure_waits
-- For the gauges: customers waiting, since when, and how many are overdue; counted up to a bound.
SELECT count(*), min(waiting_since), count(*) FILTER (WHERE due_at < clock_timestamp()), clock_timestamp()
FROM (SELECT waiting_since, due_at FROM promise WHERE settled_at IS NULL AND kind < 2 LIMIT 100000) open

-- name: measure_alerts
-- For the gauges: what fires or was taken.
SELECT kind, state, count(*) FROM alert WHERE state < 2 GROUP BY kind, state
