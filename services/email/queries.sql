-- name: find_mailbox
-- Whose the first of these addresses is that is anybody's, before the account is known. No lock.
SELECT b.channel_id
FROM unnest($1::text[]) WITH ORDINALITY AS a (address, position)
CROSS JOIN LATERAL find_mailbox(a.address) b
ORDER BY a.position
LIMIT 1
