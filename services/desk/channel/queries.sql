-- name: count_channels
-- Others than $3, no further than $2.
SELECT count(*)::int FROM (SELECT FROM channel WHERE account_id = $1 AND id <> $3 LIMIT $2) counted

-- name: insert_channel
INSERT INTO channel (account_id, id, kind, name, team_id, skill, weight, secret, outbound_url, outbound_secret, live_since,
                     bot_token_id, reopen_window_s, reopen_to)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, coalesce($11, now()), $12, $13, $14)
RETURNING live_since

-- name: find_channel_row
SELECT account_id, id, kind, name, team_id, skill, weight, outbound_url, live_since, disabled_at, version,
       secret_previous IS NOT NULL, bot_token_id, reopen_window_s, reopen_to
FROM channel
WHERE account_id = $1 AND id = $2

-- name: known_channels
-- Of those named the ones that there are.
SELECT id FROM channel WHERE account_id = $1 AND id = ANY ($2::uuid[])

-- name: lock_channel
-- Held to the end of an edit; a statement of its own, before the read that relies on it.
SELECT id FROM channel WHERE account_id = $1 AND id = $2 FOR NO KEY UPDATE

-- name: update_channel
-- A team that does not exist breaks the foreign key.
UPDATE channel
SET name = $3, team_id = $4, skill = $5, weight = $6, outbound_url = $7, live_since = $8, disabled_at = $9,
    bot_token_id = $10, reopen_window_s = $11, reopen_to = $12, version = version + 1
WHERE account_id = $1 AND id = $2

-- name: list_channels
-- Keyset by name; $2 and $3 are the last one of the page before, or NULL.
SELECT account_id, id, kind, name, team_id, skill, weight, outbound_url, live_since, disabled_at, version,
       secret_previous IS NOT NULL, bot_token_id, reopen_window_s, reopen_to
FROM channel
WHERE account_id = $1 AND ($2::text IS NULL OR (name, id) > ($2, $3::uuid))
ORDER BY name, id
LIMIT $4

-- name: rotate_secret
-- The secret in use becomes the previous one, which stays valid; the one before it ends here.
UPDATE channel SET secret_previous = secret, secret = $3, version = version + 1 WHERE account_id = $1 AND id = $2

-- name: finish_rotation
UPDATE channel SET secret_previous = NULL, version = version + 1 WHERE account_id = $1 AND id = $2

-- name: replace_outbound_secret
UPDATE channel SET outbound_secret = $3, version = version + 1 WHERE account_id = $1 AND id = $2

-- name: find_door
-- Without an account: the function answers for exactly this channel while it is not disabled. With what the operator
-- allows it and its account.
SELECT account_id, kind, secret, secret_previous, live_since, find_quota(account_id, $1, 'inbound_per_second'),
       find_quota(account_id, account_id, 'messages_per_day')
FROM find_channel($1)
