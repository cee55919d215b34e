-- name: find_mailbox
-- Whose the first of these addresses is that is anybody's, before the account is known. No lock.
SELECT b.channel_id
FROM unnest($1::text[]) WITH ORDINALITY AS a (address, position)
CROSS JOIN LATERAL find_mailbox(a.address) b
ORDER BY a.position
LIMIT 1

-- name: enter_mailboxes
-- A row for every mailbox that has none yet; two processes that look at one time enter each once.
INSERT INTO mailbox (account_id, channel_id)
SELECT l.account_id, l.channel_id
FROM list_mailboxes() l
WHERE NOT EXISTS (SELECT FROM mailbox m WHERE m.account_id = l.account_id AND m.channel_id = l.channel_id)
ORDER BY l.account_id, l.channel_id
ON CONFLICT DO NOTHING

-- name: renew_mailboxes
-- Those of $1, for $2 seconds, where less than half of that is left. Whoever takes an expired one meanwhile has it.
UPDATE mailbox m SET owned_until = clock_timestamp() + $2::float8 * interval '1 second'
FROM list_mailboxes() l
WHERE m.account_id = l.account_id AND m.channel_id = l.channel_id
  AND m.owner = $1 AND m.owned_until < clock_timestamp() + $2::float8 / 2 * interval '1 second'

-- name: claim_mailboxes
-- At most $3 that nobody has, for $1. What another process is about to take is skipped, so that none is read twice.
WITH free AS MATERIALIZED (
    SELECT m.account_id, m.channel_id
    FROM list_mailboxes() l
    JOIN mailbox m ON m.account_id = l.account_id AND m.channel_id = l.channel_id
    WHERE m.owner IS NULL OR m.owned_until < clock_timestamp()
    ORDER BY m.account_id, m.channel_id
    LIMIT $3
    FOR UPDATE OF m SKIP LOCKED
)
UPDATE mailbox m SET owner = $1, owned_until = clock_timestamp() + $2::float8 * interval '1 second'
FROM free f
WHERE m.account_id = f.account_id AND m.channel_id = f.channel_id

-- name: own_mailboxes
-- And whether mails of it are asked for again: one index probe each, also in a plan made while there were none.
SELECT m.account_id, m.channel_id, l.version,
       coalesce((SELECT true
                 FROM unfetched_mail u
                 WHERE u.account_id = m.account_id AND u.channel_id = m.channel_id AND u.asked_at IS NOT NULL
                 LIMIT 1), false)
FROM mailbox m
JOIN list_mailboxes() l ON l.account_id = m.account_id AND l.channel_id = m.channel_id
WHERE m.owner = $1 AND m.owned_until > clock_timestamp()
ORDER BY m.account_id, m.channel_id

-- name: release_mailboxes
UPDATE mailbox SET owner = NULL, owned_until = NULL WHERE owner = $1

-- name: hold_mailboxes
-- What nobody reads because nothing may leave for customers; $1 says why.
UPDATE mailbox SET state = 4, reason = $1
WHERE (owner IS NULL OR owned_until < clock_timestamp()) AND (state, reason) <> (4, $1)

-- name: load_mailboxes
-- The settings of these channels, whose accounts are named.
SELECT c.account_id, c.id, c.version, e.imap_host, e.imap_port, e.imap_security, coalesce(e.imap_user, ''),
       e.imap_folder, e.fetch_mode, coalesce(e.imap_move_to, '')
FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, channel_id)
JOIN channel c ON c.account_id = w.account_id AND c.id = w.channel_id
JOIN email_channel e ON e.account_id = c.account_id AND e.channel_id = c.id
WHERE e.imap_host IS NOT NULL AND c.disabled_at IS NULL

-- name: find_mailbox_login
-- Sealed. Asked at every connection: whoever renews a refresh token puts the new one there.
SELECT imap_user, imap_password, oauth_token_url, oauth_client_id, oauth_client_secret, oauth_refresh_token
FROM email_channel
WHERE account_id = $1 AND channel_id = $2

-- name: find_checkpoint
SELECT uid_validity, uid FROM mailbox WHERE account_id = $1 AND channel_id = $2 AND source = $3

-- name: move_checkpoint
-- By the process that has it ($3) and by nobody else. What is not ahead of the place before was numbered anew, and its
-- mails are counted from the start; $7 more are stored.
UPDATE mailbox
SET source = $4, uid_validity = $5, uid = $6,
    stored = $7 + CASE WHEN source = $4 AND uid_validity = $5 AND uid < $6 THEN stored ELSE 0 END
WHERE account_id = $1 AND channel_id = $2 AND owner = $3

-- name: count_stored
-- By its owner ($3): a mail that was known to be there and could not be had before.
UPDATE mailbox SET stored = stored + 1 WHERE account_id = $1 AND channel_id = $2 AND owner = $3

-- name: tell_mailbox
-- How it fares, by the process that has it ($3). What is not known at the moment stays as it was.
UPDATE mailbox
SET state = $4, reason = $5, last_good_at = coalesce($6::timestamptz, last_good_at), mails = coalesce($7, mails)
WHERE account_id = $1 AND channel_id = $2 AND owner = $3
