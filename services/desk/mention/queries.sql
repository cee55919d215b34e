-- name: find_agents
-- Those of the account among them, in no order. No locks.
SELECT id, name, disabled_at IS NOT NULL
FROM agent
WHERE account_id = $1 AND id = ANY ($2::uuid[])

-- name: insert
-- In the note's transaction, after its row: the note shows whom it names, and each of them has it.
WITH said AS (
    UPDATE message
    SET mentions = $5::uuid[]
    WHERE account_id = $1 AND id = $3
)
INSERT INTO mention (account_id, agent_id, message_id, conversation_id, said_at)
SELECT $1, agent_id, $3, $2, $4
FROM unnest($5::uuid[]) AS n (agent_id)

-- name: follow_marker
-- The agent has read a conversation as far as their marker there.
UPDATE mention m
SET read_at = clock_timestamp()
FROM attention a
WHERE a.account_id = $1 AND a.agent_id = $2 AND a.conversation_id = $3
  AND m.account_id = $1 AND m.agent_id = $2 AND m.conversation_id = $3 AND m.read_at IS NULL AND m.said_at <= a.read_to

-- name: list
-- Keyset, newest first: those before $3 and $4, which is infinity for all.
SELECT message_id, said_at, read_at IS NULL
FROM mention
WHERE account_id = $1 AND agent_id = $2 AND (said_at, message_id) < ($3, $4)
ORDER BY said_at DESC, message_id DESC
LIMIT $5

-- name: list_unread
-- The same of those that are not read, along mention_unread.
SELECT message_id, said_at, true
FROM mention
WHERE account_id = $1 AND agent_id = $2 AND (said_at, message_id) < ($3, $4) AND read_at IS NULL
ORDER BY said_at DESC, message_id DESC
LIMIT $5
