-- name: find_contact
SELECT account_id, id, name, email, phone, blocked_at, version, created_at
FROM contact
WHERE account_id = $1 AND id = $2

-- name: read_contacts
-- One index probe a row.
SELECT k.account_id, k.id, k.name, k.email, k.phone, k.blocked_at, k.version, k.created_at
FROM unnest($2::uuid[]) AS w (id)
CROSS JOIN LATERAL (
    SELECT * FROM contact k WHERE k.account_id = $1 AND k.id = w.id LIMIT 1
) k

-- name: lock_contact
-- Held to the end of an edit; a statement of its own, before the read that relies on it.
SELECT id FROM contact WHERE account_id = $1 AND id = $2 FOR NO KEY UPDATE

-- name: update_contact
UPDATE contact
SET name = $3, email = $4, phone = $5, blocked_at = $6, version = version + 1
WHERE account_id = $1 AND id = $2

-- name: list_contacts
-- Keyset by id, along the primary key; $2 is the last one of the page before, or the highest id.
SELECT account_id, id, name, email, phone, blocked_at, version, created_at
FROM contact
WHERE account_id = $1 AND id < $2
ORDER BY id DESC
LIMIT $3

-- name: list_addresses
SELECT channel_id, address FROM address WHERE account_id = $1 AND contact_id = $2 ORDER BY channel_id, address LIMIT 100
