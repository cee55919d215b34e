-- name: count_drafts
-- Others than that of $3, no further than $4.
SELECT count(*)::int
FROM (SELECT FROM attention
      WHERE account_id = $1 AND agent_id = $2 AND conversation_id <> $3 AND draft_at IS NOT NULL
      LIMIT $4) counted

-- name: put_draft
-- One an agent and conversation: the newest.
INSERT INTO attention AS a (account_id, agent_id, conversation_id, draft_text, draft_html, draft_at)
VALUES ($1, $2, $3, $4, $5, clock_timestamp())
ON CONFLICT (account_id, agent_id, conversation_id) DO UPDATE
SET draft_text = excluded.draft_text, draft_html = excluded.draft_html, draft_at = excluded.draft_at
RETURNING a.conversation_id, a.draft_text, a.draft_html, a.draft_at

-- name: find_draft
SELECT conversation_id, draft_text, draft_html, draft_at
FROM attention
WHERE account_id = $1 AND agent_id = $2 AND conversation_id = $3 AND draft_at IS NOT NULL

-- name: remove_draft
UPDATE attention
SET draft_text = NULL, draft_html = NULL, draft_at = NULL
WHERE account_id = $1 AND agent_id = $2 AND conversation_id = $3 AND draft_at IS NOT NULL

-- name: list_drafts
-- Keyset by conversation, along attention_draft.
SELECT conversation_id, draft_text, draft_html, draft_at
FROM attention
WHERE account_id = $1 AND agent_id = $2 AND conversation_id > $3 AND draft_at IS NOT NULL
ORDER BY conversation_id
LIMIT $4

-- name: mark_read
-- Forwards only, whatever comes late.
INSERT INTO attention AS a (account_id, agent_id, conversation_id, read_to)
VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id, agent_id, conversation_id) DO UPDATE
SET read_to = excluded.read_to
WHERE a.read_to IS NULL OR a.read_to < excluded.read_to

-- name: note_reply
-- $4: the place of the last message before the reply, $5 that of the reply.
UPDATE attention
SET draft_text = NULL, draft_html = NULL, draft_at = NULL,
    read_to = CASE WHEN read_to >= $4 THEN greatest(read_to, $5) ELSE read_to END
WHERE account_id = $1 AND agent_id = $2 AND conversation_id = $3

-- name: glance
-- One probe of the primary key a conversation.
SELECT a.conversation_id, a.read_to, a.draft_at IS NOT NULL
FROM unnest($3::uuid[]) AS w (conversation_id)
CROSS JOIN LATERAL (
    SELECT *
    FROM attention x
    WHERE x.account_id = $1 AND x.agent_id = $2 AND x.conversation_id = w.conversation_id
    LIMIT 1
) a
