-- name: find_contact
SELECT account_id, id, name, email, phone, blocked_at, version, created_at, external_id, attributes, merged_into
FROM contact_shown
WHERE account_id = $1 AND id = $2

-- name: read_contacts
-- One index probe a row.
SELECT k.account_id, k.id, k.name, k.email, k.phone, k.blocked_at, k.version, k.created_at, k.external_id, k.attributes,
       k.merged_into
FROM unnest($2::uuid[]) AS w (id)
CROSS JOIN LATERAL (
    SELECT * FROM contact_shown k WHERE k.account_id = $1 AND k.id = w.id LIMIT 1
) k

-- name: lock_contact
-- Held to the end of an edit; a statement of its own, before the read that relies on it.
SELECT id FROM contact WHERE account_id = $1 AND id = $2 FOR NO KEY UPDATE

-- name: update_contact
UPDATE contact
SET name = $3, email = $4, phone = $5, blocked_at = $6, version = version + 1
WHERE account_id = $1 AND id = $2

-- name: set_contact_attributes
-- All of them, by slot; the contact is locked.
UPDATE contact SET attributes = $3::jsonb WHERE account_id = $1 AND id = $2

-- name: list_contacts
-- Keyset by id, along the primary key; $2 is the last one of the page before, or the highest id. Not those who turned
-- out to be somebody else.
SELECT account_id, id, name, email, phone, blocked_at, version, created_at, external_id, attributes, merged_into
FROM contact_shown
WHERE account_id = $1 AND id < $2 AND merged_into IS NULL
ORDER BY id DESC
LIMIT $3

-- name: list_addresses
SELECT channel_id, address FROM address WHERE account_id = $1 AND contact_id = $2 ORDER BY channel_id, address LIMIT 100

-- name: make_contact
-- One row an external id; nothing where there is one already.
INSERT INTO contact (account_id, id, external_id, created_at)
VALUES ($1, $2, $3, clock_timestamp())
ON CONFLICT (account_id, external_id) WHERE external_id IS NOT NULL DO NOTHING

-- name: find_external
SELECT id FROM contact WHERE account_id = $1 AND external_id = $2

-- name: bind_addresses
-- The lane is locked, for it makes addresses too. What stays with somebody else is told with its place.
WITH asked AS (
    SELECT * FROM unnest($3::uuid[], $4::text[]) WITH ORDINALITY AS a (channel_id, address, place)
), bound AS (
    INSERT INTO address (account_id, channel_id, address, contact_id)
    SELECT $1, channel_id, address, $2 FROM asked
    ON CONFLICT DO NOTHING
    RETURNING channel_id, address
)
SELECT a.place, b.address IS NOT NULL, coalesce(k.contact_id <> $2, false)
FROM asked a
LEFT JOIN bound b ON b.channel_id = a.channel_id AND b.address = a.address
LEFT JOIN LATERAL (
    SELECT o.contact_id
    FROM address o
    WHERE o.account_id = $1 AND o.channel_id = a.channel_id AND o.address = a.address
    LIMIT 1
) k ON true
ORDER BY a.place

-- name: extent
-- What would move: conversations, addresses, words given to the contact alone, others who turned out to be this one; each
-- counted no further than $3.
SELECT (SELECT count(*) FROM (SELECT FROM conversation WHERE account_id = $1 AND contact_id = $2 LIMIT $3) c),
       (SELECT count(*) FROM (SELECT FROM address WHERE account_id = $1 AND contact_id = $2 LIMIT $3) a),
       (SELECT count(*) FROM (SELECT FROM promise WHERE account_id = $1 AND contact_id = $2 AND settled_at IS NULL LIMIT $3) p),
       (SELECT count(*) FROM (SELECT FROM contact WHERE account_id = $1 AND merged_into = $2 LIMIT $3) k)

-- name: conversations
-- All of them, on every channel.
SELECT id FROM conversation WHERE account_id = $1 AND contact_id = $2 LIMIT $3

-- name: move_conversations
-- The caller holds them.
UPDATE conversation SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2

-- name: move_addresses
-- The lane is locked.
UPDATE address SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2

-- name: move_words
-- What is still owed.
UPDATE promise SET contact_id = $3 WHERE account_id = $1 AND contact_id = $2 AND settled_at IS NULL

-- name: lead_to
-- The caller holds it. An external id that went to the other one is no longer here.
UPDATE contact
SET merged_into = $3, external_id = CASE WHEN $4 THEN NULL ELSE external_id END, version = version + 1
WHERE account_id = $1 AND id = $2

-- name: lead_on
-- Who turned out to be $2 before: nobody follows a chain.
UPDATE contact
SET merged_into = $3, version = version + 1
WHERE account_id = $1 AND merged_into = $2
RETURNING account_id, id, name, email, phone, blocked_at, version, created_at, external_id,
          (SELECT s.attributes FROM contact_shown s WHERE s.account_id = contact.account_id AND s.id = contact.id),
          merged_into

-- name: note_external
-- The caller holds it.
UPDATE contact SET external_id = $3 WHERE account_id = $1 AND id = $2
