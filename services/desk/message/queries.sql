-- name: insert_messages
-- seq 0 means now: outbound messages and notes take their arrival number here. Every message takes its place in the order
-- of visibility, by default: the conversation is locked, or new.
INSERT INTO message (account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, author_id, author_name,
                     text, html, external_id, delivery_state, history, sent_at, settled_id, created_at, channel_id, verdict,
                     verdict_rule, text_fold, html_fold)
SELECT u.account_id, u.id, u.conversation_id, CASE WHEN u.seq = 0 THEN nextval('arrival_seq') ELSE u.seq END, u.ordered_at,
       u.direction, u.kind, u.author_type, u.author_id, u.author_name, u.text, u.html, u.external_id, u.delivery_state,
       u.history, u.sent_at, u.settled_id, u.created_at, u.channel_id, u.verdict, u.verdict_rule,
       u.text_fold, u.html_fold
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::timestamptz[], $6::smallint[], $7::smallint[],
            $8::smallint[], $9::uuid[], $10::text[], $11::text[], $12::text[], $13::text[], $14::smallint[],
            $15::boolean[], $16::timestamptz[], $17::uuid[], $18::timestamptz[], $19::uuid[], $20::smallint[], $21::text[],
            $22::int[], $23::int[])
     AS u (account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, author_id, author_name, text,
           html, external_id, delivery_state, history, sent_at, settled_id, created_at, channel_id, verdict, verdict_rule,
           text_fold, html_fold)

-- name: insert_attachments
-- Rows only; the bytes are in the store already, or will be fetched.
INSERT INTO attachment (account_id, id, message_id, name, content_type, size_bytes, sha256, state,
                        content_id, position)
SELECT a.*
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::text[], $8::smallint[],
            $9::text[])
     WITH ORDINALITY AS a

-- name: find
-- One message.
SELECT account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, author_id, author_name, text, html,
       external_id, delivery_state, history, sent_at, settled_id, created_at, visible_seq,
       edited_at, deleted_at, channel_id, mentions, sends_at, verdict, verdict_rule,
       text_fold, html_fold
FROM message
WHERE account_id = $1 AND id = $2

-- name: find_all
-- Those of them that there are, in no order.
SELECT account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, author_id, author_name, text, html,
       external_id, delivery_state, history, sent_at, settled_id, created_at, visible_seq,
       edited_at, deleted_at, channel_id, mentions, sends_at, verdict, verdict_rule,
       text_fold, html_fold
FROM message
WHERE account_id = $1 AND id = ANY ($2::uuid[])

-- name: page_after
-- Keyset, oldest first.
SELECT account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, author_id, author_name, text, html,
       external_id, delivery_state, history, sent_at, settled_id, created_at, visible_seq,
       edited_at, deleted_at, channel_id, mentions, sends_at, verdict, verdict_rule,
       text_fold, html_fold
FROM message
WHERE account_id = $1 AND conversation_id = $2 AND (ordered_at, seq) > ($3, $4)
ORDER BY ordered_at, seq
LIMIT $5

-- name: page_before
-- Keyset, newest first.
SELECT account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, author_id, author_name, text, html,
       external_id, delivery_state, history, sent_at, settled_id, created_at, visible_seq,
       edited_at, deleted_at, channel_id, mentions, sends_at, verdict, verdict_rule,
       text_fold, html_fold
FROM message
WHERE account_id = $1 AND conversation_id = $2 AND (ordered_at, seq) < ($3, $4)
ORDER BY ordered_at DESC, seq DESC
LIMIT $5

-- name: public_after
-- In the order in which they became visible. Notes are no news for the customer's sake and do not count, and what was
-- undone was never said.
SELECT account_id, id, conversation_id, seq, ordered_at, direction, kind, author_type, author_id, author_name, text, html,
       external_id, delivery_state, history, sent_at, settled_id, created_at, visible_seq,
       edited_at, deleted_at, channel_id, mentions, sends_at, verdict, verdict_rule,
       text_fold, html_fold
FROM message
WHERE account_id = $1 AND conversation_id = $2 AND visible_seq > $3 AND kind <> 1 AND delivery_state IS DISTINCT FROM 7
ORDER BY visible_seq
LIMIT $4

-- name: attachments_of
-- Of a page of messages at once.
SELECT account_id, id, message_id, name, content_type, size_bytes, sha256, state, error, content_id
FROM attachment
WHERE account_id = $1 AND message_id = ANY ($2::uuid[])
ORDER BY message_id, position
