-- name: find_target
-- The message that holds a key, once it is routed; and whether it never will be.
SELECT k.message_id, m.conversation_id, m.author_id,
       EXISTS (SELECT FROM quarantine q WHERE q.account_id = k.account_id AND q.id = k.message_id)
FROM inbound_key k
LEFT JOIN message m ON m.account_id = k.account_id AND m.id = k.message_id
WHERE k.account_id = $1 AND k.channel_id = $2 AND k.key = $3

-- name: edit
-- The conversation is locked. Nothing where it says so already, or was taken back.
UPDATE message
SET text = $4, html = $5, text_fold = NULL, html_fold = NULL, edited_at = clock_timestamp()
WHERE account_id = $1 AND conversation_id = $2 AND id = $3 AND deleted_at IS NULL AND (text, html) IS DISTINCT FROM ($4, $5)
RETURNING id

-- name: remove
-- The conversation is locked. Its words and files are gone, as is what the channel sent; its place stays.
WITH gone AS (
    UPDATE message
    SET text = '', html = NULL, text_fold = NULL, html_fold = NULL, deleted_at = clock_timestamp()
    WHERE account_id = $1 AND conversation_id = $2 AND id = $3 AND deleted_at IS NULL
    RETURNING account_id, id
), files AS (
    DELETE FROM attachment a USING gone g WHERE a.account_id = g.account_id AND a.message_id = g.id
    RETURNING a.account_id, a.id
), unfetched AS (
    DELETE FROM attachment_fetch f USING files a WHERE f.account_id = a.account_id AND f.attachment_id = a.id
), raw AS (
    DELETE FROM inbound_raw r USING gone g WHERE r.account_id = g.account_id AND r.id = g.id
)
SELECT id FROM gone

-- name: find_unanswered
-- A message of the wait that still stands.
SELECT id
FROM message
WHERE account_id = $1 AND conversation_id = $2 AND ordered_at >= $3
  AND direction = 0 AND kind = 0 AND NOT history AND deleted_at IS NULL AND verdict IS NULL
LIMIT 1
