-- name: insert_heads
-- Beside new messages. References travel as one array literal each.
INSERT INTO mail_head (account_id, message_id, header_id, refs, people)
SELECT u.account_id, u.message_id, u.header_id, u.refs::text[], u.people::jsonb
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[]) AS u (account_id, message_id, header_id, refs, people)

-- name: insert_ids
-- Sorted, so that two transactions of one account do not wait for each other crosswise. The first of a channel stays.
INSERT INTO mail_id (account_id, hash, channel_id, message_id, direction)
SELECT u.account_id, u.hash, u.channel_id, u.message_id, u.direction
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::smallint[])
     WITH ORDINALITY AS u (account_id, hash, channel_id, message_id, direction, place)
ORDER BY u.account_id, u.hash, u.channel_id, u.place
ON CONFLICT (account_id, hash, channel_id) DO NOTHING

-- name: conversations_of_ids
-- Where the messages are now that these ids name: of several the one of the same channel, then ours. What was merged away
-- leads to what it was merged into.
SELECT w.place, c.id
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) WITH ORDINALITY AS w (account_id, channel_id, hash, place)
CROSS JOIN LATERAL (
    SELECT i.message_id
    FROM mail_id i
    WHERE i.account_id = w.account_id AND i.hash = w.hash
    ORDER BY i.channel_id = w.channel_id DESC, i.direction DESC, i.channel_id
    LIMIT 1
) i
CROSS JOIN LATERAL (
    SELECT m.conversation_id FROM message m WHERE m.account_id = w.account_id AND m.id = i.message_id LIMIT 1
) m
CROSS JOIN LATERAL (
    SELECT coalesce(k.merged_into, k.id) AS id
    FROM conversation k
    WHERE k.account_id = w.account_id AND k.id = m.conversation_id
    LIMIT 1
) c

-- name: conversations_of_numbers
-- The same for the numbers that reply addresses name.
SELECT w.place, c.id
FROM unnest($1::uuid[], $2::bigint[]) WITH ORDINALITY AS w (account_id, number, place)
CROSS JOIN LATERAL (
    SELECT coalesce(k.merged_into, k.id) AS id
    FROM conversation k
    WHERE k.account_id = w.account_id AND k.number = w.number
    LIMIT 1
) c

-- name: own_addresses
-- Of every email channel of these accounts, disabled ones too: settings, of which an account has a bounded number.
SELECT account_id, address, other_addresses FROM email_channel WHERE account_id = ANY ($1::uuid[])

-- name: identity
-- What mails of a channel are from.
SELECT address, sender_name FROM email_channel WHERE account_id = $1 AND channel_id = $2

-- name: answered_mail
-- What a reply answers: backwards from the end, past what machines said.
SELECT h.header_id, h.refs, h.people, m.id
FROM message m
CROSS JOIN LATERAL (
    SELECT x.header_id, x.refs, x.people
    FROM mail_head x
    WHERE x.account_id = m.account_id AND x.message_id = m.id
    LIMIT 1
) h
WHERE m.account_id = $1 AND m.conversation_id = $2 AND m.visible_seq <= $3 AND m.direction = 0 AND m.kind = 0
  AND m.verdict IS NULL
ORDER BY m.ordered_at DESC, m.seq DESC
LIMIT 1

-- name: quoted_message
-- What a reply answers, where its channel wants it below the reply. What was taken back is not said again.
SELECT m.author_name, m.ordered_at, m.text, m.html
FROM message m
WHERE m.account_id = $1 AND m.conversation_id = $2 AND m.id = $3 AND m.deleted_at IS NULL
  AND EXISTS (SELECT FROM email_channel e WHERE e.account_id = $1 AND e.channel_id = $4 AND e.quote_history)

-- name: signature
-- What $2 signs with: the agent's own before that of the team $3; and the names that it may mention.
SELECT s.text, s.html,
       coalesce((SELECT t.name FROM team t WHERE t.account_id = s.account_id AND t.id = $3), ''),
       coalesce((SELECT c.name FROM channel c WHERE c.account_id = s.account_id AND c.id = $4), '')
FROM signature s
WHERE s.account_id = $1 AND s.owner_id IN ($2, $3)
ORDER BY s.owner_id = $2 DESC
LIMIT 1

-- name: heads_of
-- Of a page of messages at once.
SELECT message_id, header_id, people FROM mail_head WHERE account_id = $1 AND message_id = ANY ($2::uuid[])

-- name: sent_mail
-- Our mail that a delivery report speaks of.
SELECT i.message_id, i.channel_id,
       (SELECT h.people FROM mail_head h WHERE h.account_id = i.account_id AND h.message_id = i.message_id LIMIT 1)
FROM mail_id i
WHERE i.account_id = $1 AND i.hash = $2 AND i.direction = 1
LIMIT 1
