-- name: find_conversation
-- Where a message of this sender without a thread would go on, if it is still open.
SELECT c.id, k.id, k.name
FROM address a
JOIN contact k ON k.account_id = a.account_id AND k.id = a.contact_id
CROSS JOIN LATERAL (
    SELECT coalesce(n.merged_into, n.id) AS id
    FROM conversation n
    WHERE n.account_id = a.account_id AND n.contact_id = a.contact_id AND n.channel_id = a.channel_id
    ORDER BY n.number DESC
    LIMIT 1
) newest
CROSS JOIN LATERAL (
    SELECT n.id, n.state FROM conversation n WHERE n.account_id = a.account_id AND n.id = newest.id LIMIT 1
) c
WHERE a.account_id = $1 AND a.channel_id = $2 AND a.address = $3 AND c.state < 3

-- name: notify_streams
-- Sent with the COMMIT; a transaction without data.
SELECT pg_notify('lupaus_stream', $1)
