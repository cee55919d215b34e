-- name: insert_view
INSERT INTO saved_view (account_id, id, agent_id, name, filter, sort, position)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: count_shared_views
-- Others than $3, no further than $2.
SELECT count(*)::int
FROM (SELECT FROM saved_view WHERE account_id = $1 AND agent_id IS NULL AND id <> $3 LIMIT $2) counted

-- name: count_own_views
-- Others than $3 of the same agent, no further than $2.
SELECT count(*)::int
FROM (
    SELECT FROM saved_view
    WHERE account_id = $1 AND id <> $3
      AND agent_id = (SELECT o.agent_id FROM saved_view o WHERE o.account_id = $1 AND o.id = $3)
    LIMIT $2
) counted

-- name: find_view
SELECT account_id, id, agent_id, name, filter, sort, position, version
FROM saved_view
WHERE account_id = $1 AND id = $2 AND (agent_id IS NULL OR agent_id = $3)

-- name: lock_view
-- Held to the end of an edit; a statement of its own, before the read that relies on it.
SELECT id
FROM saved_view
WHERE account_id = $1 AND id = $2 AND (agent_id IS NULL OR agent_id = $3)
FOR NO KEY UPDATE

-- name: update_view
UPDATE saved_view
SET name = $3, filter = $4, sort = $5, position = $6, version = version + 1
WHERE account_id = $1 AND id = $2

-- name: delete_view
DELETE FROM saved_view WHERE account_id = $1 AND id = $2

-- name: list_views
-- Everybody's and those of $2. Keyset by position and id: $3 and $4 are those of the last one of the page before.
SELECT account_id, id, agent_id, name, filter, sort, position, version
FROM saved_view
WHERE account_id = $1 AND (agent_id IS NULL OR agent_id = $2) AND (position, id) > ($3, $4)
ORDER BY position, id
LIMIT $5

-- name: unknown_references
-- The places, from 1, of ids that name nothing of their kind in the account.
SELECT w.place
FROM unnest($2::text[], $3::uuid[]) WITH ORDINALITY AS w (kind, id, place)
WHERE NOT CASE w.kind
              WHEN 'team' THEN EXISTS (SELECT FROM team x WHERE x.account_id = $1 AND x.id = w.id)
              WHEN 'assignee' THEN EXISTS (SELECT FROM agent x WHERE x.account_id = $1 AND x.id = w.id)
              WHEN 'channel' THEN EXISTS (SELECT FROM channel x WHERE x.account_id = $1 AND x.id = w.id)
              WHEN 'contact' THEN EXISTS (SELECT FROM contact x WHERE x.account_id = $1 AND x.id = w.id)
          END
ORDER BY w.place

-- name: look_newest
-- The next $8 conversations of the states $9, in the order of conversation_newest, of each state merged: those that match
-- and, where there are so many, the last that was looked at. It ends early where $4 match: nothing is sorted, for a bound
-- that is a parameter is planned for as a small part of all.
-- Looks: $2 and $3 the place, $4 limit, $5 the filter's path, $6 its variables, $7 whether it asks of contacts.
WITH looked AS (
    SELECT c.id, c.last_message_at, row_number() OVER (ORDER BY c.last_message_at DESC, c.id DESC) AS nth
    FROM (
        (SELECT id, last_message_at
         FROM conversation
         WHERE account_id = $1 AND state = 0 AND 0 = ANY ($9::smallint[]) AND (last_message_at, id) < ($2, $3)
         ORDER BY last_message_at DESC, id DESC
         LIMIT $8)
        UNION ALL
        (SELECT id, last_message_at
         FROM conversation
         WHERE account_id = $1 AND state = 1 AND 1 = ANY ($9::smallint[]) AND (last_message_at, id) < ($2, $3)
         ORDER BY last_message_at DESC, id DESC
         LIMIT $8)
        UNION ALL
        (SELECT id, last_message_at
         FROM conversation
         WHERE account_id = $1 AND state = 2 AND 2 = ANY ($9::smallint[]) AND (last_message_at, id) < ($2, $3)
         ORDER BY last_message_at DESC, id DESC
         LIMIT $8)
        UNION ALL
        (SELECT id, last_message_at
         FROM conversation
         WHERE account_id = $1 AND state = 3 AND 3 = ANY ($9::smallint[]) AND (last_message_at, id) < ($2, $3)
         ORDER BY last_message_at DESC, id DESC
         LIMIT $8)
        ORDER BY last_message_at DESC, id DESC
        LIMIT $8
    ) c
)
SELECT l.id, l.last_message_at, f.matches IS TRUE, l.nth = $8
FROM looked l
CROSS JOIN LATERAL (
    SELECT jsonb_path_match(CASE WHEN $7 THEN v.facts || v.about_contact ELSE v.facts END, $5, $6) AS matches
    FROM conversation_facts v
    WHERE v.account_id = $1 AND v.id = l.id
    LIMIT 1
) f
WHERE f.matches OR l.nth = $8
ORDER BY l.last_message_at DESC, l.id DESC
LIMIT $4

-- name: look_due
-- As look_newest, in the order of conversation_due.
WITH looked AS (
    SELECT c.id, c.rank_at, row_number() OVER (ORDER BY c.rank_at, c.id) AS nth
    FROM (
        SELECT id, rank_at
        FROM conversation
        WHERE account_id = $1 AND rank_at IS NOT NULL AND (rank_at, id) > ($2, $3)
        ORDER BY rank_at, id
        LIMIT $8
    ) c
)
SELECT l.id, l.rank_at, f.matches IS TRUE, l.nth = $8
FROM looked l
CROSS JOIN LATERAL (
    SELECT jsonb_path_match(CASE WHEN $7 THEN v.facts || v.about_contact ELSE v.facts END, $5, $6) AS matches
    FROM conversation_facts v
    WHERE v.account_id = $1 AND v.id = l.id
    LIMIT 1
) f
WHERE f.matches OR l.nth = $8
ORDER BY l.rank_at, l.id
LIMIT $4

-- name: look_waiting
-- As look_newest, in the order of conversation_waiting.
WITH looked AS (
    SELECT c.id, c.waiting_since, row_number() OVER (ORDER BY c.waiting_since, c.id) AS nth
    FROM (
        SELECT id, waiting_since
        FROM conversation
        WHERE account_id = $1 AND waiting_since IS NOT NULL AND bot_token_id IS NULL AND (waiting_since, id) > ($2, $3)
        ORDER BY waiting_since, id
        LIMIT $8
    ) c
)
SELECT l.id, l.waiting_since, f.matches IS TRUE, l.nth = $8
FROM looked l
CROSS JOIN LATERAL (
    SELECT jsonb_path_match(CASE WHEN $7 THEN v.facts || v.about_contact ELSE v.facts END, $5, $6) AS matches
    FROM conversation_facts v
    WHERE v.account_id = $1 AND v.id = l.id
    LIMIT 1
) f
WHERE f.matches OR l.nth = $8
ORDER BY l.waiting_since, l.id
LIMIT $4
