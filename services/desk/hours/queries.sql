-- name: count_hours
-- Others than $3, no further than $2.
SELECT count(*)::int FROM (SELECT FROM hours WHERE account_id = $1 AND id <> $3 AND deleted_at IS NULL LIMIT $2) counted

-- name: insert_hours
-- No row where the name is taken.
INSERT INTO hours (account_id, id, name, zone, week, holidays)
VALUES ($1, $2, $3, $4, $5::int[], $6::date[])
ON CONFLICT (account_id, name) WHERE deleted_at IS NULL DO NOTHING

-- name: find_hours
SELECT account_id, id, name, zone, week, holidays, version
FROM hours
WHERE account_id = $1 AND id = $2 AND deleted_at IS NULL

-- name: lock_hours
-- Held to the end of an edit; a statement of its own, before the read that relies on it. A policy that is about to name
-- these hours holds them FOR KEY SHARE.
SELECT id FROM hours WHERE account_id = $1 AND id = $2 AND deleted_at IS NULL FOR UPDATE

-- name: update_hours
-- No row where others have the name. Promises that are open keep their times.
UPDATE hours
SET name = $3, zone = $4, week = $5::int[], holidays = $6::date[], version = version + 1
WHERE account_id = $1 AND id = $2
  AND NOT EXISTS (SELECT FROM hours other
                  WHERE other.account_id = $1 AND other.name = $3 AND other.id <> $2 AND other.deleted_at IS NULL)

-- name: find_hours_user
-- Whether a policy counts by them.
SELECT EXISTS (SELECT FROM policy WHERE account_id = $1 AND hours_id = $2)

-- name: delete_hours
-- The row stays: what is open is still counted by it when it is settled.
UPDATE hours SET deleted_at = clock_timestamp() WHERE account_id = $1 AND id = $2

-- name: list_hours
-- Keyset by name; $2 and $3 are the last ones of the page before, or the beginning.
SELECT account_id, id, name, zone, week, holidays, version
FROM hours
WHERE account_id = $1 AND deleted_at IS NULL AND (name, id) > ($2, $3)
ORDER BY name, id
LIMIT $4

-- name: load_hours
-- What promises are counted by, deleted or not.
SELECT w.account_id, w.id, h.name, h.zone, h.week, h.holidays, h.version
FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, id)
JOIN hours h ON h.account_id = w.account_id AND h.id = w.id
