-- name: lock_agents
-- In id order, a statement of its own. An agent's row changes with every batch, and as long as somebody holds a snapshot
-- none of its versions goes: each look in this file meets the newest first, by walking the key backwards to one row.
SELECT l.id
FROM (SELECT DISTINCT account_id, id FROM unnest($1::uuid[], $2::uuid[]) AS w (account_id, id) ORDER BY account_id, id) w
CROSS JOIN LATERAL (
    SELECT a.id
    FROM agent a
    WHERE a.account_id = w.account_id AND a.id BETWEEN w.id AND w.id
    ORDER BY a.id DESC
    LIMIT 1
    FOR NO KEY UPDATE
) l

-- name: apply
-- Without a limit: a claim by hand may exceed capacity. A resolution alone begins a wrap-up, however capacity was freed.
-- The agents are locked: else the place of a row might be an old one.
UPDATE agent a
SET load = a.load + u.weight,
    resolved_at = CASE WHEN u.resolves THEN clock_timestamp() ELSE a.resolved_at END,
    assigned_at = CASE WHEN u.weight > 0 THEN clock_timestamp() ELSE a.assigned_at END
FROM (SELECT account_id, id, sum(weight)::int AS weight, bool_or(resolves) AS resolves
      FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::boolean[]) AS w (account_id, id, weight, resolves)
      GROUP BY account_id, id) u
CROSS JOIN LATERAL (
    SELECT n.ctid AS place
    FROM agent n
    WHERE n.account_id = u.account_id AND n.id BETWEEN u.id AND u.id
    ORDER BY n.id DESC
    LIMIT 1
) n
WHERE a.ctid = n.place AND (u.weight <> 0 OR u.resolves)

-- name: reserve
-- The agents are locked; whoever has no room for all of it gets nothing and is missing from the answer.
UPDATE agent a
SET load = a.load + u.weight, assigned_at = clock_timestamp()
FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS u (account_id, id, weight)
CROSS JOIN LATERAL (
    SELECT n.ctid AS place
    FROM agent n
    WHERE n.account_id = u.account_id AND n.id BETWEEN u.id AND u.id
    ORDER BY n.id DESC
    LIMIT 1
) n
WHERE a.ctid = n.place AND a.load + u.weight <= a.capacity AND a.disabled_at IS NULL
RETURNING a.account_id, a.id

-- name: recount
-- Checker: every agent whose load is not the sum of the weights of their open conversations.
SELECT a.account_id, a.id, a.load, coalesce(c.counted, 0)::int
FROM agent a
LEFT JOIN (
    SELECT account_id, assignee_id, sum(weight) AS counted
    FROM conversation
    WHERE state = 0 AND assignee_id IS NOT NULL
    GROUP BY account_id, assignee_id
) c ON c.account_id = a.account_id AND c.assignee_id = a.id
WHERE a.load <> coalesce(c.counted, 0)
