-- name: count_attributes
-- Others than $3, no further than $2.
SELECT count(*)::int FROM (SELECT FROM attribute WHERE account_id = $1 AND id <> $3 LIMIT $2) counted

-- name: insert_attribute
-- No row where the key is taken.
INSERT INTO attribute (account_id, id, applies_to, key, name, type, choices)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT ON CONSTRAINT attribute_key DO NOTHING

-- name: find_attribute
SELECT account_id, id, slot, applies_to, key, name, type, choices, version
FROM attribute
WHERE account_id = $1 AND id = $2

-- name: lock_attribute
-- Held to the end of an edit; a statement of its own, before the read that relies on it.
SELECT id FROM attribute WHERE account_id = $1 AND id = $2 FOR NO KEY UPDATE

-- name: update_attribute
UPDATE attribute SET name = $3, choices = $4, version = version + 1 WHERE account_id = $1 AND id = $2

-- name: delete_attribute
DELETE FROM attribute WHERE account_id = $1 AND id = $2

-- name: list_attributes
-- Keyset by subject and key; $2 and $3 are those of the last one of the page before.
SELECT account_id, id, slot, applies_to, key, name, type, choices, version
FROM attribute
WHERE account_id = $1 AND (applies_to, key) > ($2, $3)
ORDER BY applies_to, key
LIMIT $4

-- name: attributes_of_subject
-- All of them: an account has few.
SELECT account_id, id, slot, applies_to, key, name, type, choices, version
FROM attribute
WHERE account_id = $1 AND applies_to = $2
ORDER BY key
