-- name: count_canned
-- Others than $3, no further than $2.
SELECT count(*)::int FROM (SELECT FROM canned WHERE account_id = $1 AND id <> $3 LIMIT $2) counted

-- name: insert_canned
-- No row where the shortcut is taken.
INSERT INTO canned (account_id, id, shortcut, text, team_id)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT ON CONSTRAINT canned_shortcut DO NOTHING

-- name: find_canned
SELECT account_id, id, shortcut, text, team_id, version
FROM canned
WHERE account_id = $1 AND id = $2

-- name: lock_canned
-- Held to the end of an edit; a statement of its own, before the read that relies on it.
SELECT id FROM canned WHERE account_id = $1 AND id = $2 FOR NO KEY UPDATE

-- name: update_canned
-- No row where another one has the shortcut.
UPDATE canned
SET shortcut = $3, text = $4, team_id = $5, version = version + 1
WHERE account_id = $1 AND id = $2
  AND NOT EXISTS (SELECT FROM canned other WHERE other.account_id = $1 AND other.shortcut = $3 AND other.id <> $2)

-- name: delete_canned
DELETE FROM canned WHERE account_id = $1 AND id = $2

-- name: list_canned
-- Keyset by shortcut; $2 is the last one of the page before, or empty.
SELECT account_id, id, shortcut, text, team_id, version
FROM canned
WHERE account_id = $1 AND shortcut > $2
ORDER BY shortcut
LIMIT $3

-- name: list_canned_of_team
-- The same, of a team: its own and everybody's.
SELECT account_id, id, shortcut, text, team_id, version
FROM canned
WHERE account_id = $1 AND shortcut > $2 AND (team_id = $4 OR team_id IS NULL)
ORDER BY shortcut
LIMIT $3
