-- name: count_channels
-- Others than $3, no further than $2.
SELECT count(*)::int FROM (SELECT FROM channel WHERE account_id = $1 AND id <> $3 LIMIT $2) counted

-- name: insert_channel
INSERT INTO channel (account_id, id, kind, name, team_id, skill, weight, secret, outbound_url, outbound_secret, live_since,
                     bot_token_id, reopen_window_s, reopen_to)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, coalesce($11, now()), $12, $13, $14)
RETURNING live_since

-- name: find_channel_row
SELECT c.account_id, c.id, c.kind, c.name, c.team_id, c.skill, c.weight, c.outbound_url, c.live_since, c.disabled_at,
       c.version, c.secret_previous IS NOT NULL, c.bot_token_id, c.reopen_window_s, c.reopen_to,
       e.address, e.sender_name, e.other_addresses, e.trusted_host, e.attributes_forwarded,
       e.smtp_host, e.smtp_port, e.smtp_security, e.smtp_user, e.smtp_password IS NOT NULL,
       e.imap_host, e.imap_port, e.imap_security, e.imap_user, e.imap_password IS NOT NULL,
       e.imap_folder, e.fetch_mode, e.imap_move_to, e.oauth_token_url, e.oauth_client_id,
       e.quote_history, k.subject, k.text,
       m.state, m.reason, m.last_good_at, m.mails, m.stored, m.owned_until > clock_timestamp(),
       e.imap_sent_folder
FROM channel c
LEFT JOIN email_channel e ON e.account_id = c.account_id AND e.channel_id = c.id
LEFT JOIN acknowledgement k ON k.account_id = c.account_id AND k.channel_id = c.id
LEFT JOIN mailbox m ON m.account_id = c.account_id AND m.channel_id = c.id
WHERE c.account_id = $1 AND c.id = $2

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
SELECT c.account_id, c.id, c.kind, c.name, c.team_id, c.skill, c.weight, c.outbound_url, c.live_since, c.disabled_at,
       c.version, c.secret_previous IS NOT NULL, c.bot_token_id, c.reopen_window_s, c.reopen_to,
       e.address, e.sender_name, e.other_addresses, e.trusted_host, e.attributes_forwarded,
       e.smtp_host, e.smtp_port, e.smtp_security, e.smtp_user, e.smtp_password IS NOT NULL,
       e.imap_host, e.imap_port, e.imap_security, e.imap_user, e.imap_password IS NOT NULL,
       e.imap_folder, e.fetch_mode, e.imap_move_to, e.oauth_token_url, e.oauth_client_id,
       e.quote_history, k.subject, k.text,
       m.state, m.reason, m.last_good_at, m.mails, m.stored, m.owned_until > clock_timestamp(),
       e.imap_sent_folder
FROM channel c
LEFT JOIN email_channel e ON e.account_id = c.account_id AND e.channel_id = c.id
LEFT JOIN acknowledgement k ON k.account_id = c.account_id AND k.channel_id = c.id
LEFT JOIN mailbox m ON m.account_id = c.account_id AND m.channel_id = c.id
WHERE c.account_id = $1 AND ($2::text IS NULL OR (c.name, c.id) > ($2, $3::uuid))
ORDER BY c.name, c.id
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

-- name: put_email
-- A new secret is in $12, $18, $25 and $26; one that is not stays while what it was for is there ($13, $19, $24).
INSERT INTO email_channel AS e (account_id, channel_id, address, sender_name, other_addresses, trusted_host,
                                attributes_forwarded, smtp_host, smtp_port, smtp_security, smtp_user, smtp_password,
                                imap_host, imap_port, imap_security, imap_user, imap_password, imap_folder, fetch_mode,
                                imap_move_to, oauth_token_url, oauth_client_id, oauth_client_secret, oauth_refresh_token,
                                quote_history, imap_sent_folder)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::bytea, $14, $15, $16, $17, $18::bytea, $20, $21, $22, $23, $24,
        $25::bytea, $26::bytea, $27, $28)
ON CONFLICT (account_id, channel_id) DO UPDATE
SET address = excluded.address, sender_name = excluded.sender_name, other_addresses = excluded.other_addresses,
    trusted_host = excluded.trusted_host, attributes_forwarded = excluded.attributes_forwarded,
    smtp_host = excluded.smtp_host, smtp_port = excluded.smtp_port, smtp_security = excluded.smtp_security,
    smtp_user = excluded.smtp_user,
    smtp_password = CASE WHEN $13::boolean THEN coalesce(excluded.smtp_password, e.smtp_password) END,
    imap_host = excluded.imap_host, imap_port = excluded.imap_port, imap_security = excluded.imap_security,
    imap_user = excluded.imap_user,
    imap_password = CASE WHEN $19::boolean THEN coalesce(excluded.imap_password, e.imap_password) END,
    imap_folder = excluded.imap_folder, fetch_mode = excluded.fetch_mode, imap_move_to = excluded.imap_move_to,
    imap_sent_folder = excluded.imap_sent_folder, quote_history = excluded.quote_history,
    oauth_token_url = excluded.oauth_token_url, oauth_client_id = excluded.oauth_client_id,
    oauth_client_secret = CASE WHEN $24::text IS NOT NULL
                               THEN coalesce(excluded.oauth_client_secret, e.oauth_client_secret) END,
    oauth_refresh_token = CASE WHEN $24::text IS NOT NULL
                               THEN coalesce(excluded.oauth_refresh_token, e.oauth_refresh_token) END

-- name: put_acknowledgement
-- The channel is held, and its email_channel there.
INSERT INTO acknowledgement (account_id, channel_id, subject, text)
VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id, channel_id) DO UPDATE SET subject = excluded.subject, text = excluded.text

-- name: drop_acknowledgement
-- The channel is held.
DELETE FROM acknowledgement WHERE account_id = $1 AND channel_id = $2

-- name: find_mail_secrets
-- Sealed.
SELECT smtp_password, imap_password, oauth_client_secret, oauth_refresh_token
FROM email_channel
WHERE account_id = $1 AND channel_id = $2

-- name: replace_refresh_token
-- Sealed, both; where somebody gave a new consent meanwhile, that one stays.
UPDATE email_channel SET oauth_refresh_token = $4::bytea
WHERE account_id = $1 AND channel_id = $2 AND oauth_refresh_token = $3::bytea
