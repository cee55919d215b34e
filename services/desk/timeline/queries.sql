-- name: page_back
-- The newest events of a conversation before $3, as the history shows them, with what they say of a message. The
-- condition on types and actors is that of the index event_history, word for word. No locks.
SELECT e.seq, e.id, e.type, e.actor_type, e.actor_id, e.token_id, e.created_at, e.data::text, m.id, m.direction, m.kind
FROM (
    SELECT *
    FROM event n
    WHERE n.account_id = $1 AND n.conversation_id = $2 AND n.seq < $3
      AND CASE n.type WHEN 'message.created' THEN n.actor_type <> 0 WHEN 'promise.opened' THEN n.actor_type IN (1, 2)
          WHEN 'message.delivery' THEN n.data #>> '{delivery,state}' IN ('failed', 'uncertain', 'undone') ELSE true END
    ORDER BY n.seq DESC
    LIMIT $4
) e
LEFT JOIN LATERAL (
    SELECT * FROM message m WHERE m.account_id = e.account_id AND m.id = e.message_id LIMIT 1
) m ON true
ORDER BY e.seq DESC

-- name: page_on
-- The same, the oldest after $3.
SELECT e.seq, e.id, e.type, e.actor_type, e.actor_id, e.token_id, e.created_at, e.data::text, m.id, m.direction, m.kind
FROM (
    SELECT *
    FROM event n
    WHERE n.account_id = $1 AND n.conversation_id = $2 AND n.seq > $3
      AND CASE n.type WHEN 'message.created' THEN n.actor_type <> 0 WHEN 'promise.opened' THEN n.actor_type IN (1, 2)
          WHEN 'message.delivery' THEN n.data #>> '{delivery,state}' IN ('failed', 'uncertain', 'undone') ELSE true END
    ORDER BY n.seq
    LIMIT $4
) e
LEFT JOIN LATERAL (
    SELECT * FROM message m WHERE m.account_id = e.account_id AND m.id = e.message_id LIMIT 1
) m ON true
ORDER BY e.seq

-- name: find_before
-- How the conversation was before version $4 of it, which the event $3 shows: of the $5 events before that one. No locks.
SELECT e.data::text
FROM (
    SELECT n.seq, n.data
    FROM event n
    WHERE n.account_id = $1 AND n.conversation_id = $2 AND n.seq < $3
      AND CASE n.type WHEN 'message.created' THEN n.actor_type <> 0 WHEN 'promise.opened' THEN n.actor_type IN (1, 2)
          WHEN 'message.delivery' THEN n.data #>> '{delivery,state}' IN ('failed', 'uncertain', 'undone') ELSE true END
    ORDER BY n.seq DESC
    LIMIT $5
) e
WHERE (e.data #>> '{conversation,version}')::int < $4
ORDER BY e.seq DESC
LIMIT 1

-- name: names_of
-- What agents, teams, contacts and tokens are called now. No locks.
SELECT id, name FROM agent WHERE account_id = $1 AND id = ANY ($2::uuid[])
UNION ALL
SELECT id, name FROM team WHERE account_id = $1 AND id = ANY ($2::uuid[])
UNION ALL
SELECT id, name FROM contact WHERE account_id = $1 AND id = ANY ($2::uuid[])
UNION ALL
SELECT id, name FROM token WHERE account_id = $1 AND id = ANY ($2::uuid[])
