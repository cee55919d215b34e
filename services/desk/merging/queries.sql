-- name: merged_ones
-- What was merged into $2 before, $3 at most.
SELECT id FROM conversation WHERE account_id = $1 AND merged_into = $2 ORDER BY id LIMIT $3

-- name: count_messages
-- No further than $3.
SELECT count(*) FROM (SELECT FROM message WHERE account_id = $1 AND conversation_id = $2 LIMIT $3) counted

-- name: hold_deliveries
-- Everything that is on its way, in the order of ids: whoever records what became of one holds it too, and finds its
-- message by its conversation. A courier that needs the conversation for that is repeated after the deadlock.
SELECT l.id
FROM (
    SELECT d.id
    FROM message m
    CROSS JOIN LATERAL (
        SELECT x.id FROM delivery x WHERE x.account_id = m.account_id AND x.message_id = m.id OFFSET 0
    ) d
    WHERE m.account_id = $1 AND m.conversation_id = $2 AND m.direction = 1
    ORDER BY d.id
) w
CROSS JOIN LATERAL (
    SELECT x.id FROM delivery x WHERE x.account_id = $1 AND x.id = w.id LIMIT 1 FOR NO KEY UPDATE
) l

-- name: move_deliveries
-- They are held, and their messages have not moved yet.
UPDATE delivery d
SET conversation_id = $3
FROM (
    SELECT x.place
    FROM message m
    CROSS JOIN LATERAL (
        SELECT o.ctid AS place FROM delivery o WHERE o.account_id = m.account_id AND o.message_id = m.id OFFSET 0
    ) x
    WHERE m.account_id = $1 AND m.conversation_id = $2 AND m.direction = 1
) w
WHERE d.ctid = w.place

-- name: move_mentions
-- Whom its notes name: they have not moved yet.
UPDATE mention n
SET conversation_id = $3
FROM (
    SELECT m.id, a.agent_id
    FROM message m
    CROSS JOIN LATERAL unnest(m.mentions) AS a (agent_id)
    WHERE m.account_id = $1 AND m.conversation_id = $2 AND m.kind = 1
    OFFSET 0
) w
WHERE n.account_id = $1 AND n.agent_id = w.agent_id AND n.message_id = w.id

-- name: move_messages
-- Both conversations and the deliveries are held, so that no place changes. What moves becomes visible here now, in the
-- order in which it did there: whoever has read this conversation to its end has not seen it. $4 and $5: the channels of
-- the two; one that is not the new conversation's own stays with its message.
UPDATE message m
SET conversation_id = $3, visible_seq = w.visible_seq, channel_id = nullif(coalesce(m.channel_id, $4::uuid), $5::uuid)
FROM (
    SELECT s.place, nextval('arrival_seq') AS visible_seq
    FROM (SELECT o.ctid AS place FROM message o WHERE o.account_id = $1 AND o.conversation_id = $2 ORDER BY o.visible_seq) s
) w
WHERE m.ctid = w.place

-- name: move_promises
-- What is open and owed here from now on. $5: a late delivery of what was refused there answers only a part of the wait
-- that goes on, and so does not end it.
UPDATE promise p
SET conversation_id = $3, owing_team_id = $4, reopened_from = CASE WHEN $5 THEN NULL ELSE p.reopened_from END
FROM unnest($2::uuid[]) AS w (id)
WHERE p.account_id = $1 AND p.id = w.id

-- name: move_alerts
-- Those that nobody is able to take it (2) end with the conversation that they speak of.
UPDATE alert
SET conversation_id = $3, version = version + 1
WHERE account_id = $1 AND conversation_id = $2 AND state < 2 AND kind <> 2

-- name: unite_markers
-- Who has read both to their ends, $4 and $5, has read all; else as far as both were read; and to who never read one of
-- the two all is unread.
UPDATE attention a
SET read_to = CASE WHEN b.source_read_to >= $4 AND b.read_to >= $5 THEN greatest(b.source_read_to, b.read_to)
                   WHEN b.source_read_to IS NOT NULL AND b.read_to IS NOT NULL THEN least(b.source_read_to, b.read_to)
              END
FROM (
    SELECT t.agent_id, t.read_to, s.read_to AS source_read_to
    FROM attention t
    LEFT JOIN attention s ON s.account_id = $1 AND s.conversation_id = $2 AND s.agent_id = t.agent_id
    WHERE t.account_id = $1 AND t.conversation_id = $3
) b
WHERE a.account_id = $1 AND a.conversation_id = $3 AND a.agent_id = b.agent_id

-- name: move_drafts
-- Where their author has none here.
INSERT INTO attention AS a (account_id, agent_id, conversation_id, draft_text, draft_html, draft_at)
SELECT s.account_id, s.agent_id, $3, s.draft_text, s.draft_html, s.draft_at
FROM attention s
WHERE s.account_id = $1 AND s.conversation_id = $2 AND s.draft_at IS NOT NULL
ON CONFLICT (account_id, agent_id, conversation_id) DO UPDATE
SET draft_text = excluded.draft_text, draft_html = excluded.draft_html, draft_at = excluded.draft_at
WHERE a.draft_at IS NULL

-- name: drop_attention
-- What is left of it but for drafts that could not come along: nobody's words are lost.
DELETE FROM attention s
WHERE s.account_id = $1 AND s.conversation_id = $2
  AND (s.draft_at IS NULL
       OR s.draft_at = (SELECT t.draft_at FROM attention t
                        WHERE t.account_id = $1 AND t.agent_id = s.agent_id AND t.conversation_id = $3))

-- name: lead_to
-- The caller holds the rows.
UPDATE conversation SET merged_into = $3 WHERE account_id = $1 AND id = ANY ($2::uuid[])

-- name: newest_other
-- When the newest of the messages was said that stay. Notes are said to nobody.
SELECT ordered_at
FROM message
WHERE account_id = $1 AND conversation_id = $2 AND id <> $3 AND kind <> 1
ORDER BY ordered_at DESC, seq DESC
LIMIT 1

-- name: next_unanswered
-- Of the wait that began at $4, without the message that leaves.
SELECT ordered_at
FROM message
WHERE account_id = $1 AND conversation_id = $2 AND ordered_at >= $4 AND id <> $3
  AND direction = 0 AND kind = 0 AND NOT history AND deleted_at IS NULL AND verdict IS NULL
ORDER BY ordered_at, seq
LIMIT 1

-- name: move_message
-- The conversation that it leaves is held, the other one new, and of the channel that it came over.
UPDATE message SET conversation_id = $3, channel_id = NULL WHERE account_id = $1 AND id = $2

-- name: note_split
-- The thread stays with the other conversation; a reply here is still one to it.
UPDATE conversation SET split_from = $3, split_thread_id = $4 WHERE account_id = $1 AND id = $2
