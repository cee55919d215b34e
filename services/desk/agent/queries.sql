-- name: count_agents
-- Others than $3, no further than $2.
SELECT count(*)::int FROM (SELECT FROM agent WHERE account_id = $1 AND id <> $3 AND disabled_at IS NULL LIMIT $2) counted

-- name: insert_agent
-- No row where the address is taken.
INSERT INTO agent (account_id, id, name, email, role, capacity, skills, disabled_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::text[], $8)
ON CONFLICT ON CONSTRAINT agent_email DO NOTHING

-- name: find_agent
SELECT a.account_id, a.id, a.name, a.email, a.role, a.capacity, a.load, a.skills,
       ARRAY(SELECT m.team_id FROM team_member m WHERE m.account_id = a.account_id AND m.agent_id = a.id ORDER BY 1),
       a.assigned_at, a.resolved_at, a.disabled_at, a.version, p.state, p.until, p.seen_at, clock_timestamp(),
       s.text, s.html
FROM agent a
LEFT JOIN presence p ON p.account_id = a.account_id AND p.agent_id = a.id
LEFT JOIN signature s ON s.account_id = a.account_id AND s.owner_id = a.id
WHERE a.account_id = $1 AND a.id = $2

-- name: lock_agent
-- Held to the end of an edit; a statement of its own, before the read that relies on it.
SELECT id FROM agent WHERE account_id = $1 AND id = $2 FOR NO KEY UPDATE

-- name: update_agent
UPDATE agent
SET name = $3, role = $4, capacity = $5, skills = $6::text[], disabled_at = $7, version = version + 1
WHERE account_id = $1 AND id = $2

-- name: list_agents
-- Keyset by name; $2 and $3 are the last one of the page before, or NULL.
SELECT a.account_id, a.id, a.name, a.email, a.role, a.capacity, a.load, a.skills,
       ARRAY(SELECT m.team_id FROM team_member m WHERE m.account_id = a.account_id AND m.agent_id = a.id ORDER BY 1),
       a.assigned_at, a.resolved_at, a.disabled_at, a.version, p.state, p.until, p.seen_at, clock_timestamp(),
       s.text, s.html
FROM agent a
LEFT JOIN presence p ON p.account_id = a.account_id AND p.agent_id = a.id
LEFT JOIN signature s ON s.account_id = a.account_id AND s.owner_id = a.id
WHERE a.account_id = $1 AND ($2::text IS NULL OR (a.name, a.id) > ($2, $3::uuid))
ORDER BY a.name, a.id
LIMIT $4

-- name: leave_teams
DELETE FROM team_member WHERE account_id = $1 AND agent_id = $2 AND team_id <> ALL ($3::uuid[])

-- name: join_teams
-- A team that does not exist breaks the foreign key.
INSERT INTO team_member (account_id, team_id, agent_id)
SELECT $1, team_id, $2 FROM unnest($3::uuid[]) AS team_id
ORDER BY team_id
ON CONFLICT DO NOTHING

-- name: count_teams
-- Others than $3, no further than $2.
SELECT count(*)::int FROM (SELECT FROM team WHERE account_id = $1 AND id <> $3 LIMIT $2) counted

-- name: insert_team
-- No row where the name is taken.
INSERT INTO team (account_id, id, name, mode, wrap_up_s, undo_s)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT ON CONSTRAINT team_name DO NOTHING

-- name: find_team
SELECT t.account_id, t.id, t.name, t.mode, t.wrap_up_s, t.version, t.undo_s, s.text, s.html
FROM team t
LEFT JOIN signature s ON s.account_id = t.account_id AND s.owner_id = t.id
WHERE t.account_id = $1 AND t.id = $2

-- name: lock_team
-- Held to the end of an edit; against a deletion it also holds off whoever wants to refer to the team.
SELECT id FROM team WHERE account_id = $1 AND id = $2 FOR UPDATE

-- name: update_team
-- No row where another team has the name.
UPDATE team
SET name = $3, mode = $4, wrap_up_s = $5, undo_s = $6, version = version + 1
WHERE account_id = $1 AND id = $2
  AND NOT EXISTS (SELECT FROM team other WHERE other.account_id = $1 AND other.name = $3 AND other.id <> $2)

-- name: list_teams
-- Keyset by name; $2 and $3 are the last one of the page before, or NULL.
SELECT t.account_id, t.id, t.name, t.mode, t.wrap_up_s, t.version, t.undo_s, s.text, s.html
FROM team t
LEFT JOIN signature s ON s.account_id = t.account_id AND s.owner_id = t.id
WHERE t.account_id = $1 AND ($2::text IS NULL OR (t.name, t.id) > ($2, $3::uuid))
ORDER BY t.name, t.id
LIMIT $4

-- name: find_team_user
-- What still refers to a team that shall be deleted: a channel, a service promise, a canned reply, or an unfinished
-- conversation.
SELECT CASE
    WHEN EXISTS (SELECT FROM channel WHERE account_id = $1 AND team_id = $2) THEN 'a channel'
    WHEN EXISTS (SELECT FROM policy WHERE account_id = $1 AND team_id = $2) THEN 'a policy'
    WHEN EXISTS (SELECT FROM canned WHERE account_id = $1 AND team_id = $2) THEN 'a canned reply'
    WHEN EXISTS (SELECT FROM conversation WHERE account_id = $1 AND team_id = $2 AND state < 3) THEN 'a conversation'
END

-- name: delete_team
-- Its members first, in one statement: the foreign key is checked at the end. Its signature has none.
WITH gone AS (
    DELETE FROM team_member WHERE account_id = $1 AND team_id = $2
), signed AS (
    DELETE FROM signature WHERE account_id = $1 AND owner_id = $2
)
DELETE FROM team WHERE account_id = $1 AND id = $2

-- name: put_signature
-- Of an agent or a team whose row the caller holds, or has just made.
INSERT INTO signature AS s (account_id, owner_id, text, html)
VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id, owner_id) DO UPDATE
SET text = excluded.text, html = excluded.html
WHERE (s.text, s.html) IS DISTINCT FROM (excluded.text, excluded.html)

-- name: delete_signature
DELETE FROM signature WHERE account_id = $1 AND owner_id = $2

-- name: put_presence
-- `settled` stays as it was: the caller compares and then says what the desk has acted on.
INSERT INTO presence AS p (account_id, agent_id, state, until, seen_at)
VALUES ($1, $2, $3, $4, clock_timestamp())
ON CONFLICT (account_id, agent_id) DO UPDATE
SET state = excluded.state, until = excluded.until, seen_at = excluded.seen_at
RETURNING p.account_id, p.agent_id, p.state, p.until, p.seen_at, p.settled, clock_timestamp()

-- name: touch_presence
-- No row where the lease was renewed a moment ago, which is nearly always.
UPDATE presence
SET seen_at = clock_timestamp()
WHERE account_id = $1 AND agent_id = $2 AND seen_at < clock_timestamp() - make_interval(secs => $3)
RETURNING account_id, agent_id, state, until, seen_at, settled, clock_timestamp()

-- name: lock_lapsing
-- Of all accounts, whose effective state is no longer the settled one: the rules in SQL, so that every row is worth its
-- lock. $1 seconds make an online agent away, $2 make anybody offline. Left to another instance where it holds them.
SELECT account_id, agent_id, state, until, seen_at, settled, clock_timestamp()
FROM presence
WHERE settled <> 3
  AND CASE settled
          WHEN 2 THEN until <= clock_timestamp()
          WHEN 0 THEN CASE state WHEN 2 THEN seen_at ELSE greatest(seen_at, until) END
                      <= clock_timestamp() - make_interval(secs => $1)
          ELSE greatest(seen_at, until) <= clock_timestamp() - make_interval(secs => $2)
      END
ORDER BY account_id, agent_id
LIMIT $3
FOR NO KEY UPDATE SKIP LOCKED

-- name: settle_presence
UPDATE presence p
SET settled = c.settled
FROM unnest($1::uuid[], $2::uuid[], $3::smallint[]) AS c (account_id, agent_id, settled)
WHERE p.account_id = c.account_id AND p.agent_id = c.agent_id

-- name: watch_coverage
-- For each team of those who leave, and for what belongs to none. The latest departure counts: until then somebody was
-- there. In one order, so that two who leave at once wait for each other.
INSERT INTO timer (account_id, kind, subject_id, due_at)
SELECT DISTINCT w.account_id, 3, t.team_id, clock_timestamp() + make_interval(secs => $3)
FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, agent_id)
CROSS JOIN LATERAL (
    SELECT m.team_id FROM team_member m WHERE m.account_id = w.account_id AND m.agent_id = w.agent_id
    UNION ALL
    SELECT '00000000-0000-0000-0000-000000000000'::uuid
) t
ORDER BY w.account_id, t.team_id
ON CONFLICT (account_id, kind, subject_id) DO UPDATE SET due_at = excluded.due_at
